// A node of `sync`, origin or subscriber: its web process, with a clock of its own and polls when it is told.
import { enableCompileCache } from 'node:module'
import { minute } from '../src/common/clock.ts'

enableCompileCache()
const [actions, { startLogging }, { readConfig }, { rows }, { lookUpPartner }, { pollPartner }, { startNode }, people] =
  await Promise.all([
    import('../src/partners/actions.ts'),
    import('../src/common/log.ts'),
    import('../src/config.ts'),
    import('../src/database/database.ts'),
    import('../src/federation/partner-lookup.ts'),
    import('../src/federation/partner-poll.ts'),
    import('../src/node.ts'),
    import('../test/support/people.ts'),
  ])
const { obey } = await import('./orders.ts')
const { residentOf } = await import('./memory.ts')

/** What the bench tells the node. */
export type SyncOrder =
  /** Follow the node at `host`, as if it had accepted. */
  | { readonly kind: 'follow'; readonly host: string }
  /** Poll it until everything of that epoch is in place. */
  | { readonly kind: 'poll'; readonly epoch: string }

/** How long it took, how many polls it needed, and the most memory in MB that the process ever had. */
export type Polled = { readonly seconds: number; readonly stops: number; readonly most: number }

const config = readConfig(process.env)
if (config.databaseUrl === undefined) throw new Error('sync-node needs DATABASE_URL')
await startLogging(config.logLevel)
let time = people.inventedNow
const node = await startNode({
  config: { ...config, databaseUrl: config.databaseUrl },
  roles: { web: true, worker: false },
  overrides: { now: () => time },
})
const { app } = node
let followed = 0

obey<SyncOrder>((order) => (order.kind === 'follow' ? follow(order.host) : poll(order.epoch)))

async function follow(host: string): Promise<void> {
  const { id, directoryId, followId } = await actions.follow(app, await lookUpPartner(app, host))
  await actions.receiveAccept(app, { actor: directoryId, followId: followId ?? undefined })
  followed = id
}

async function poll(epoch: string): Promise<Polled> {
  const begin = performance.now()
  let stops = 0
  while (!(await isInPlace(epoch))) {
    // Waiting for a quota of pages is no work: the clock goes on instead.
    if (stops > 0) time = new Date(time.getTime() + minute)
    await pollPartner(app, followed)
    stops += 1
    if (stops > 2_000) throw new Error('a snapshot that does not come to its end')
  }
  return { seconds: (performance.now() - begin) / 1000, stops, most: residentOf(process.pid).most }
}

async function isInPlace(epoch: string): Promise<boolean> {
  const [origin] = await rows<{ trouble: string | null; here: boolean }>(
    app.db,
    `select trouble, epoch = $2 and not snapshot_open and not hidden and root is not null as here from origin where origin_id = $1`,
    [followed, epoch],
  )
  if (origin?.trouble) throw new Error(`the poll ended: ${origin.trouble}`)
  return origin?.here === true
}

let stopping: Promise<void> | undefined
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const)
  process.on(event, () => void (stopping ??= node.stop().finally(() => process.exit())))
console.log(JSON.stringify({ url: node.url }))
