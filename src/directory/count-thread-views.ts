// A thread that counts: a million entries need some 50 ms, and nobody's page waits for that meanwhile.
import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase } from '../database/database.ts'
import { tally } from './count-answer.ts'
import type { FromCounter, ToCounter } from './count-aside-views.ts'
import { tableOf } from './count-keeper-views.ts'
import { facetIds } from './store.ts'

const port = parentPort
if (!port) throw new Error('count-thread-views.ts is a thread')
const tell = (news: FromCounter): void => port.postMessage(news)

// `as`: count-aside-views.ts starts this thread, and writes what it reads.
const { url } = workerData as { readonly url: string }
const opened = openDatabase({ url, entities: [], connections: 1 }).then((db) => ({ db, keeper: tableOf(db) }))

async function answer({ number, asked }: ToCounter): Promise<void> {
  const { db, keeper } = await opened
  const table = await keeper.current()
  if (asked) tell({ number, tally: tally(table, asked, await facetIds(db, [])) })
  else tell({ number })
}

port.on('message', (message: ToCounter) => {
  answer(message).catch((error: unknown) =>
    tell({ number: message.number, fault: error instanceof Error ? error.message : String(error) }),
  )
})
