// Somebody who searches a node's directory all the time, with 5 ms between two searches; in a process of its own.
import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '../src/common/errors.ts'
import { openDatabase } from '../src/database/database.ts'
import { nodeSecrets } from '../src/database/settings.ts'
import { vocabulary } from '../src/common/vocabularies.ts'
import type { SearchQuery } from '../src/directory/query.ts'
import { search } from '../src/directory/views.ts'
import { inventedNow, numbersFrom } from '../test/support/people.ts'
import { obey } from './orders.ts'
import { variedPerson } from './varied.ts'

/** Begin to search, or end and say how long each search took, in milliseconds. */
export type SearchOrder = 'begin' | 'end'

const pause = 5
const db = await openDatabase({ url: process.env['DATABASE_URL'] ?? '', entities: [], connections: 2 })
const { order } = await nodeSecrets(db)
const next = numbersFrom(99)
const roles = vocabulary('roles').concepts.filter(({ broader }) => broader !== undefined)
const now = { searching: false }
let searched: Promise<readonly number[]> = Promise.resolve([])

obey<SearchOrder>((said) => {
  if (said === 'begin') {
    now.searching = true
    searched = searchOn()
    return undefined
  }
  now.searching = false
  return searched
})

async function searchOn(): Promise<readonly number[]> {
  const latencies: number[] = []
  while (now.searching) {
    const query = someQuery()
    const begin = performance.now()
    await search(db, inventedNow, { audience: 'members' }, query, order).catch(cutOff)
    latencies.push(performance.now() - begin)
    await sleep(pause)
  }
  return latencies
}

// Two seconds are the most that a search may take; then it counts with these.
function cutOff(error: unknown): void {
  if (!(error instanceof Refusal) || error.code !== 'search-too-slow') throw error
}

// A name that somebody has, a role, a role in a country, or a word that people write.
function someQuery(): SearchQuery {
  const person = variedPerson(Math.floor(next() * 10_000), 'https://node1.example')
  const kind = next()
  const role = roles[Math.floor(next() * roles.length)]?.id ?? ''
  if (kind < 0.3) return { text: person.name }
  if (kind < 0.5) return { roles: [role] }
  if (kind < 0.8) return { roles: [role], countries: ['GB', 'IE', 'DE'], open: true }
  return { text: person.summary?.split(' ').at(-1) ?? '' }
}

for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const)
  process.on(event, () => void db.close().finally(() => process.exit()))
console.log(JSON.stringify({ url: 'none' }))
