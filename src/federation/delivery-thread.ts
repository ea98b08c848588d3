// A thread that signs and sends: what a fan-out costs is not taken from whoever reads a page meanwhile.
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { createOutbound, type OutboundSettings } from '../common/outbound.ts'
import type { Attempt } from './delivery-circuit.ts'
import { posting, signHere } from './delivery-post.ts'
import type { FromThread, ToThread } from './delivery-sender.ts'
import { runTurn } from './delivery-turn.ts'

// On Linux this is this thread's own; elsewhere it would be the whole process's.
if (process.platform === 'linux') setPriority(0, 10)

const port = parentPort
if (!port) throw new Error('delivery-thread.ts is a thread')
const tell = (news: FromThread): void => port.postMessage(news)
// `as`: delivery-sender.ts starts this thread, and writes what it reads.
const outbound = createOutbound(workerData as OutboundSettings)
const post = posting(outbound, signHere)

let isEnding = false

port.on('message', ({ number, turn }: ToThread) => {
  if (!turn) {
    isEnding = true
    return
  }
  const report = (attempt: Attempt): void => tell({ number, attempt })
  runTurn(turn, post, report, () => isEnding).then(
    () => tell({ number }),
    (error: unknown) =>
      tell({ number, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
