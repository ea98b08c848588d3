import type { App } from '../app.ts'
import { storeActivities, type NewActivity } from './inbox-actions.ts'
import { inboxLimits } from './inbox-limits.ts'
import { waitingByHost } from './inbox-views.ts'

/** What became of an activity: kept (or not wanted) and to be answered 202, or refused because too much waits already. */
export type Kept = 'done' | 'host-full' | 'all-full'

export type Keeping = {
  /** Resolves once the activity is in the database to stay. Throws what the database says. */
  keep(activity: NewActivity): Promise<Kept>
}

type Waiting = {
  readonly activity: NewActivity
  readonly answer: PromiseWithResolvers<Kept>
}

/** At most so many in one transaction. */
const mostAtOnce = 200
/** So many transactions at one time: while one waits for the disk, the next is on its way. */
const mostUnderWay = 2
/** How long, in milliseconds, the numbers of what waits may be old. */
const countedFor = 2_000

/**
 * Keeps activities of one process: what comes while a transaction is under way goes together into the next one, since a transaction costs
 * more than what is in it.
 */
export function keepingOf(app: App): Keeping {
  let waiting: Waiting[] = []
  let underWay = 0
  const counts = waitingCounts(app)

  async function keepAll(): Promise<void> {
    while (waiting.length > 0) {
      const these = waiting.slice(0, mostAtOnce)
      waiting = waiting.slice(mostAtOnce)
      try {
        await storeActivities(
          app,
          these.map(({ activity }) => activity),
        )
        for (const { answer } of these) answer.resolve('done')
      } catch (error) {
        for (const { answer } of these) answer.reject(error)
      }
    }
    underWay -= 1
  }

  return {
    async keep(activity) {
      const full = await counts.add(activity.host)
      if (full !== 'done') return full
      const answer = Promise.withResolvers<Kept>()
      waiting.push({ activity, answer })
      if (underWay < mostUnderWay) {
        underWay += 1
        // Whoever is answered in this turn of the loop asks again in the next: together they are one transaction.
        setImmediate(() => void keepAll())
      }
      return answer.promise
    },
  }
}

/** How much waits for a worker, of each host and in all: read now and then, and counted on in between. */
function waitingCounts(app: App): { add(host: string): Promise<Kept> } {
  let counted = new Map<string, number>()
  let all = 0
  let until = -Infinity
  let reading: Promise<void> | undefined

  async function read(): Promise<void> {
    const found = await waitingByHost(app.db)
    counted = new Map(found)
    all = [...found.values()].reduce((sum, count) => sum + count, 0)
    until = performance.now() + countedFor
  }

  return {
    async add(host) {
      if (until <= performance.now())
        await (reading ??= read().finally(() => {
          reading = undefined
        }))
      const count = counted.get(host) ?? 0
      if (count >= inboxLimits.waitingOfHost) return 'host-full'
      if (all >= inboxLimits.waitingOfAll) return 'all-full'
      counted.set(host, count + 1)
      all += 1
      return 'done'
    },
  }
}
