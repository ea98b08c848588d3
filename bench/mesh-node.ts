// The node of `mesh`: web and worker in one process, as `serve` runs them, but with a clock that is told the time.
import { enableCompileCache } from 'node:module'
import type { App } from '../src/app.ts'

enableCompileCache()
const [{ parseCronItems }, { addresses }, { startLogging }, { readConfig }, { startNode }, { publishListing }, people] =
  await Promise.all([
    import('graphile-worker'),
    import('../src/common/addresses.ts'),
    import('../src/common/log.ts'),
    import('../src/config.ts'),
    import('../src/node.ts'),
    import('../src/partners/steps.ts'),
    import('../test/support/people.ts'),
  ])
const { obey } = await import('./orders.ts')

/** What the bench tells the node. Times are milliseconds since 1970. */
export type NodeOrder =
  /** The time is now `time`; what the timetable has between then and now is done. */
  | { readonly kind: 'time'; readonly time: number }
  /** One entry of the timetable is done now. */
  | { readonly kind: 'timetable'; readonly name: string }
  /** Publishes the listings from `first` to `first + count - 1` to partner nodes, or what changed in them. */
  | { readonly kind: 'publish'; readonly first: number; readonly count: number; readonly words: string }

const config = readConfig(process.env)
if (config.databaseUrl === undefined) throw new Error('mesh-node needs DATABASE_URL')
await startLogging(config.logLevel)
let time = new Date(Number(process.argv[2]))
const node = await startNode({
  config: { ...config, databaseUrl: config.databaseUrl },
  roles: { web: true, worker: true },
  overrides: { now: () => time },
})
const timetable = parseCronItems(node.timetable.map(({ name, cron }) => ({ task: name, match: cron })))

obey<NodeOrder>(async (order) => {
  if (order.kind === 'publish') return publish(node.app, order)
  if (order.kind === 'timetable') return node.runTimetable(order.name)
  const before = time
  time = new Date(order.time)
  for (const item of timetable)
    if (minutesBetween(before, time).some((at) => item.match(at))) await node.runTimetable(item.task)
})

function minutesBetween(from: Date, to: Date) {
  const first = Math.floor(from.getTime() / 60_000) + 1
  const count = Math.floor(to.getTime() / 60_000) - first + 1
  return Array.from({ length: Math.max(0, count) }, (_, index) => {
    const at = new Date((first + index) * 60_000)
    return {
      min: at.getUTCMinutes(),
      hour: at.getUTCHours(),
      date: at.getUTCDate(),
      month: at.getUTCMonth() + 1,
      dow: at.getUTCDay(),
    }
  })
}

async function publish(app: App, order: Extract<NodeOrder, { kind: 'publish' }>): Promise<void> {
  const { origin } = app.config
  for (let number = order.first; number < order.first + order.count; number += 1) {
    const { seq: _, ...listing } = people.inventedPerson(number, origin, { summary: order.words })
    await app.db.transaction((tx) => publishListing(tx, app, addresses(origin).listing(`l${number}`), listing))
  }
}

let stopping: Promise<void> | undefined
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const)
  process.on(event, () => void (stopping ??= node.stop().finally(() => process.exit())))
console.log(JSON.stringify({ url: node.url }))
