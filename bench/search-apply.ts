// Changes a large directory while somebody else searches it, as copies of other nodes' listings do.
import { openDatabase } from '../src/database/database.ts'
import { indexEntries } from '../src/directory/steps.ts'
import { obey } from './orders.ts'
import { hostOf, originSizes, populationOrder } from './population.ts'
import { personOf, populationNow } from './population-people.ts'

/** A snapshot of so many listings of one node, a page of 200 in each transaction; or so many listings changed one by one. */
export type ApplyOrder =
  | { readonly kind: 'snapshot'; readonly listings: number }
  | { readonly kind: 'changes'; readonly many: number }
/** How long the whole snapshot took. */
export type Applied = { readonly seconds: number }

const page = 200
// A number that no population of ours has.
const origin = originSizes(1_000_000).length + 1
const seed = 2

const db = await openDatabase({ url: process.env['DATABASE_URL'] ?? '', entities: [], connections: 1 })

obey<ApplyOrder>((order) => (order.kind === 'snapshot' ? snapshot(order.listings) : changes(order.many)))

async function snapshot(listings: number): Promise<Applied> {
  await db.pool.query(
    `insert into origin (origin_id, host, valid_until) values ($1, $2, $3::timestamptz + interval '7 days') on conflict do nothing`,
    [origin, hostOf(origin), populationNow],
  )
  const begin = performance.now()
  for (let first = 0; first < listings; first += page) await put(first, Math.min(page, listings - first))
  return { seconds: (performance.now() - begin) / 1000 }
}

// Each in a transaction of its own, with other words: the whole row and each of its words change.
async function changes(many: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let number = 0; number < many; number += 1) {
    const begin = performance.now()
    await put(number, 1, ' Now on another day.')
    times.push(performance.now() - begin)
  }
  return times
}

function put(first: number, many: number, words = ''): Promise<void> {
  const people = Array.from({ length: many }, (_, index) => {
    const document = personOf(seed, first + index, hostOf(origin))
    return {
      originId: origin,
      audience: 'members' as const,
      document: words === '' ? document : { ...document, summary: `${document.summary?.slice(0, 370) ?? ''}${words}` },
    }
  })
  return db.transaction((tx) => indexEntries(tx, populationOrder, people, populationNow))
}

for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const)
  process.on(event, () => void db.close().finally(() => process.exit()))
console.log(JSON.stringify({ url: 'none' }))
