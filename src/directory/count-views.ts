import { logger } from '../common/log.ts'
import type { Db } from '../database/database.ts'
import type { Viewer } from './card.ts'
import { tally, type Asked, type Tally } from './count-answer.ts'
import { counterAside, type Counter } from './count-aside-views.ts'
import { tableOf } from './count-keeper-views.ts'
import { hasMoreEntriesThan, readApart } from './count-rows-views.ts'
import { sampleTally } from './count-sample-views.ts'
import { peopleByWords, type TextPeople } from './count-text-views.ts'
import { aboutTotal, countTotal, type FacetCounts } from './counting.ts'
import { withinLimit } from './find-views.ts'
import type { SearchQuery } from './query.ts'
import { facetIds } from './store.ts'
import { fewHits } from './views.ts'
import type { Sight } from './visible.ts'

const longestWait = 2000 // milliseconds, for a table that is being read
const mostHere = 300_000 // entries; with more, counting would hold up whoever reads a page meanwhile

/**
 * The counts beside the choices of a search, as this reader may know them; the page of the query does not matter. Exact, unless
 * words find more than 2,000 people or the table of a large directory is still being read: then reckoned from a fair part of
 * the people, and marked so. Refuses with search-too-slow when even that took longer than a search may. Rows of a page never come
 * from here.
 */
export async function facetCounts(db: Db, now: Date, viewer: Viewer, query: SearchQuery): Promise<FacetCounts> {
  const sight: Sight = { audience: viewer.audience, now, accountId: viewer.accountId }
  const words =
    query.text === undefined ? undefined : await withinLimit(db, (reader) => peopleByWords(reader, sight, query))
  const asked: Asked = {
    now,
    audience: viewer.audience,
    query,
    apart: viewer.accountId === undefined ? undefined : await readApart(db, viewer.accountId),
    among: words?.lids,
  }
  const counted = await countIn(db, asked)
  const exact = counted && words?.exact ? await countIn(db, { ...asked, among: words.exact }) : undefined
  if (counted) return told(exact ? withSimilar(counted, exact) : counted, now, words)
  const { isAbout, ...part } = await withinLimit(db, (reader) => sampleTally(reader, sight, query))
  return told(part, now, undefined, isAbout)
}

// A choice that leaves enough people with the very words finds nobody with similar ones, as its own page will.
function withSimilar(all: Tally, exact: Tally): Tally {
  const either = (some: number, many: number): number => (some >= fewHits ? some : many)
  return {
    values: new Map([...all.values].map(([key, many]) => [key, either(exact.values.get(key) ?? 0, many)])),
    open: either(exact.open, all.open),
  }
}

function told({ values, open }: Tally, now: Date, words?: TextPeople, isPart = false): FacetCounts {
  const share = words?.share ?? 1
  const isAbout = isPart || share < 1
  const total = (count: number) => (isAbout ? aboutTotal(count / share) : countTotal(count))
  return {
    values: new Map([...values].map(([key, count]) => [key, total(count)])),
    open: total(open),
    isAbout,
    asOf: now,
  }
}

type Place = {
  /** Undefined when it cannot count just now. */
  count(asked: Asked): Promise<Tally | undefined>
  isReady(): boolean
  /** Whether another place must take over. */
  isSpent(): boolean
  close(): Promise<void>
}

// By the pool of connections: one for each node of a process.
const places = new WeakMap<object, Promise<Place>>()
// While a table is being read, whoever has waited in vain spares the others the wait.
const slow = new WeakSet<Place>()

async function countIn(db: Db, asked: Asked): Promise<Tally | undefined> {
  const place = await placeOf(db)
  if (!place.isReady() && slow.has(place)) return undefined
  const counted = place.count(asked)
  const wait = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => wait.resolve(undefined), longestWait)
  try {
    const found = await Promise.race([counted, wait.promise])
    if (found) slow.delete(place)
    else {
      slow.add(place)
      counted.then(
        () => slow.delete(place),
        (error: unknown) => logger('directory').warn(`nobody was counted: ${String(error)}`),
      )
    }
    return found
  } finally {
    clearTimeout(timer)
  }
}

async function placeOf(db: Db): Promise<Place> {
  const before = places.get(db.pool) ?? begin(db)
  const place = await before.catch(() => undefined)
  if (place && !place.isSpent()) return place
  return places.get(db.pool) === before ? begin(db) : placeOf(db)
}

function begin(db: Db): Promise<Place> {
  const begun = hasMoreEntriesThan(db, mostHere).then((isLarge) => (isLarge ? aside(counterAside(db)) : here(db)))
  places.set(db.pool, begun)
  return begun
}

function here(db: Db): Place {
  const keeper = tableOf(db)
  let size = 0
  return {
    async count(asked) {
      const table = await keeper.current()
      size = table.size - table.dead
      return tally(table, asked, await facetIds(db, []))
    },
    isReady: () => keeper.isReady(),
    isSpent: () => size > mostHere,
    close: () => Promise.resolve(),
  }
}

function aside(counter: Counter): Place {
  return {
    count: (asked) =>
      counter.count(asked).catch((error: unknown) => {
        logger('directory').warn(`the thread that counts: ${String(error)}`)
        return undefined
      }),
    isReady: () => counter.isReady(),
    isSpent: () => counter.isOver(),
    close: () => counter.close(),
  }
}

/** Ends the thread that counts for a database, if there is one. */
export async function endCounting(db: Db): Promise<void> {
  const place = await places.get(db.pool)?.catch(() => undefined)
  places.delete(db.pool)
  await place?.close()
}
