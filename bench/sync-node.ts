// A node of `sync`, origin or subscriber: its web process, with a clock of its own and polls when it is told.
import { enableCompileCache } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'

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
  /** Poll it until the set that it ends with is in place; `part` stops before that. */
  | ({ readonly kind: 'poll'; readonly part?: Part } & Goal)

/** The set that is to be in place in the end. */
type Goal = { readonly epoch: string; readonly seq: number }

/** As a worker reads it, waiting for the quota, for so many seconds at most; or until so many rows are read, without waiting. */
export type Part = { readonly seconds: number } | { readonly rows: number }

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

obey<SyncOrder>((order) => (order.kind === 'follow' ? follow(order.host) : poll(order, order.part)))

async function follow(host: string): Promise<void> {
  const { id, directoryId, followId } = await actions.follow(app, await lookUpPartner(app, host))
  await actions.receiveAccept(app, { actor: directoryId, followId: followId ?? undefined })
  followed = id
}

async function poll(goal: Goal, part?: Part): Promise<Polled> {
  const begin = performance.now()
  const elapsed = (): number => (performance.now() - begin) / 1000
  let stops = 0
  for (;;) {
    const { isWhole, rowsRead, nextPoll } = await state(goal)
    if (isWhole || (part && 'rows' in part && rowsRead >= part.rows)) break
    if (part && 'seconds' in part) {
      const wait = Math.min((nextPoll.getTime() - time.getTime()) / 1000, part.seconds - elapsed())
      if (stops > 0 && wait > 0) await sleep(wait * 1000)
      if (elapsed() >= part.seconds) break
    }
    // Waiting for a quota of pages is no work: the clock goes on instead.
    if (stops > 0) time = new Date(Math.max(time.getTime() + 1, nextPoll.getTime()))
    // As a worker takes a job before it does it: what the poll queues then says when it is to go on.
    await rows(app.db, `select 1 from graphile_worker.remove_job('partners.poll:' || $1::int)`, [followed])
    await pollPartner(app, followed)
    stops += 1
    if (stops > 2_000) throw new Error('a snapshot that does not come to its end')
  }
  return { seconds: elapsed(), stops, most: residentOf(process.pid).most }
}

type State = {
  readonly isWhole: boolean
  readonly rowsRead: number
  readonly nextPoll: Date
  readonly trouble: string | null
}

async function state({ epoch, seq }: Goal): Promise<State> {
  const [found] = await rows<State>(
    app.db,
    `select o.trouble, o.epoch is not distinct from $2 and o.cursor >= $3 and not o.snapshot_open and not o.hidden and o.valid_until > $4 as "isWhole",
       case when o.epoch is distinct from $2 then 0 when o.snapshot_open then o.rows_staged else o.rows_held end as "rowsRead",
       coalesce((select run_at from graphile_worker.jobs where key = 'partners.poll:' || $1::int), $4) as "nextPoll"
     from origin o where o.origin_id = $1`,
    [followed, epoch, seq, time],
  )
  if (!found || found.trouble !== null) throw new Error(`the poll ended: ${found?.trouble ?? 'nothing is read'}`)
  return found
}

let stopping: Promise<void> | undefined
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const)
  process.on(event, () => void (stopping ??= node.stop().finally(() => process.exit())))
console.log(JSON.stringify({ url: node.url }))
