import type { App } from '../app.ts'
import { day, later, rfc3339 } from '../common/clock.ts'
import { mayBeTold } from '../directory/total.ts'
import { tryAgain, giveUp, retryDays } from './delivery-actions.ts'
import { healthOf, newHost } from './delivery-circuit.ts'
import { deliveryTotals, hostLines, type HostLine } from './delivery-views.ts'

/** No number under ten is told. */
type Count = number | 'fewer than 10'

/** What `sideways deliveries` answers: hosts and counts, never who or what. */
export type DeliveriesShown = {
  readonly waiting: Count
  readonly failed: Count
  /** Seconds since the oldest that waits was made. */
  readonly oldestSeconds: number | null
  readonly hosts: readonly {
    readonly host: string
    readonly health: string
    readonly waiting: Count
    readonly failed: Count
    readonly failingSince: string | null
    readonly nextTry: string | null
    readonly lastStatus: number | null
  }[]
}

/** Does `deliveries [retry <host> | give-up <host>]`; undefined for another use. */
export async function deliveriesFromCommandLine(
  app: App,
  words: readonly string[],
): Promise<{ readonly shown: DeliveriesShown; readonly text: string } | undefined> {
  const [verb, host, ...more] = words
  if (more.length > 0 || (verb !== undefined && host === undefined)) return undefined
  if (verb !== undefined && host !== undefined) {
    if (verb === 'retry') await tryAgain(app, { host })
    else if (verb === 'give-up') await giveUp(app, host)
    else return undefined
  }
  const now = app.now()
  const since = later(now, -retryDays * day)
  const { waiting, failed, oldest } = await deliveryTotals(app.db, since, later(now, -day))
  const shown: DeliveriesShown = {
    waiting: counted(waiting),
    failed: counted(failed),
    oldestSeconds: oldest && Math.max(0, Math.round((now.getTime() - oldest.getTime()) / 1000)),
    hosts: (await hostLines(app.db, since)).map((line) => lineOf(line, now)),
  }
  return { shown, text: textOf(shown) }
}

function lineOf(line: HostLine, now: Date): DeliveriesShown['hosts'][number] {
  const { host, waiting, failed, triedAt, failingSince, nextTry, lastStatus } = line
  const health = triedAt === null ? 'untried' : healthOf({ ...newHost(now), ...line, triedAt }, now)
  return {
    host,
    health,
    waiting: counted(waiting),
    failed: counted(failed),
    failingSince: failingSince && rfc3339(failingSince),
    nextTry: nextTry && nextTry > now ? rfc3339(nextTry) : null,
    lastStatus,
  }
}

function counted(count: number): Count {
  return mayBeTold(count) ? count : 'fewer than 10'
}

function textOf({ waiting, failed, oldestSeconds, hosts }: DeliveriesShown): string {
  const lines = hosts.map(({ host, health, waiting, failed, failingSince, nextTry, lastStatus }) => {
    const since = failingSince === null ? '' : ` since ${failingSince}`
    const status = lastStatus === null ? '' : ` (${lastStatus})`
    const next = nextTry === null ? '' : `, next try ${nextTry}`
    return `${host}  ${health}${since}${status}  ${waiting} wait, ${failed} failed${next}`
  })
  const age = oldestSeconds === null ? '' : `, the oldest for ${Math.ceil(oldestSeconds / 60)} min`
  return [`${waiting} wait${age}; ${failed} failed within ${retryDays} days.`, ...lines].join('\n')
}
