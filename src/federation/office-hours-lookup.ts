import type { App } from '../app.ts'
import type { BookingTools, TimeElsewhere } from '../bookings/tools.ts'
import { directoryActor } from '../common/addresses.ts'
import { instantOf, later, minute } from '../common/clock.ts'
import { InvalidInput } from '../common/errors.ts'
import { logger } from '../common/log.ts'
import { OutboundError } from '../common/outbound.ts'
import { parse } from '../common/parse.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import { putInCache } from './actions.ts'
import { isPartnerHost } from '../partners/views.ts'
import { activityJson } from './context.ts'
import { cacheKeyOf } from './office-hours-views.ts'
import { getJson } from './signed.ts'
import { cached } from './views.ts'

/** A reader waits for the answer: it is asked for once a minute at most, and not for long. */
const goodFor = minute
const patience = 5_000

/** What the pages of bookings need of other nodes. */
export const bookingTools: BookingTools = {
  async timesElsewhere(app, actor) {
    const { host } = new URL(actor)
    if ((await isRefusedHost(app.db, host)) || !(await isPartnerHost(app.db, host))) return undefined
    try {
      return timesIn(await collectionOf(app, actor), actor)
    } catch (error) {
      if (!(error instanceof OutboundError) && !(error instanceof InvalidInput)) throw error
      logger('federation').debug(`${host} tells no office hours: ${error.name}`)
      return undefined
    }
  },
}

async function collectionOf(app: App, actor: string): Promise<unknown> {
  const key = cacheKeyOf(actor)
  const known = await cached(app.db, key, app.now())
  if (known !== undefined) return known
  const document = await getJson(app, directoryActor, `${actor}/office-hours`, {
    accept: activityJson,
    timeout: patience,
  })
  await putInCache(app, key, JSON.stringify(document), later(app.now(), goodFor))
  return document
}

/** The times in a collection: those that lie below the actor whose collection it is. Throws InvalidInput. */
export function timesIn(document: unknown, actor: string): readonly TimeElsewhere[] {
  const { attributedTo, orderedItems } = parse('office-hours', document)
  if (attributedTo !== actor) return []
  return orderedItems
    .flatMap(({ id, startTime, endTime, places }) => {
      const [from, until] = [instantOf(startTime), instantOf(endTime)]
      const isHers = id.startsWith(`${actor}/office-hours/`)
      return isHers && from && until && from < until ? [{ event: id, from, until, isFull: places === 'full' }] : []
    })
    .toSorted((one, other) => one.from.getTime() - other.from.getTime())
}
