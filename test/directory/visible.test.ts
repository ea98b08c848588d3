import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { day, later } from '../../src/common/clock.ts'
import { openDatabase, rows, type Db } from '../../src/database/database.ts'
import type { Audience } from '../../src/directory/order.ts'
import { ensureFacets, ensureOwnOrigin, indexEntries, type EntrySource } from '../../src/directory/steps.ts'
import { entryByListing, isAnybodyListed, search } from '../../src/directory/views.ts'
import { freshDatabase } from '../support/database.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'

const secret = 'order'
const start = new Date('2026-11-22T09:00:00Z')
let db: Db

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
})
afterAll(() => db.close())

test('nothing but visible.ts selects people, and only the store deletes them', () => {
  const source = new URL('../../src/', import.meta.url)
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const naming = files.filter((file) => /\bdirectory_entry\b/.test(readFileSync(new URL(file, source), 'utf8')))
  // A backup carries the table whole, and names it only in its list.
  // Counting reads everybody, but never what somebody is called or says.
  expect(naming.toSorted()).toEqual([
    'database/backup-tables.ts',
    'directory/count-rows-views.ts',
    'directory/store.ts',
    'directory/visible.ts',
  ])
  expect(readFileSync(new URL('directory/count-rows-views.ts', source), 'utf8')).not.toMatch(
    /\be\.(doc|listing_id|tsv|\*)|select ([^;`]*, )?(doc|listing_id|tsv|\*)/,
  )
  const backup = readFileSync(new URL('database/backup-tables.ts', source), 'utf8')
  expect(backup.match(/.*directory_entry.*/g)).toEqual(["  'directory_entry',"])
  const store = readFileSync(new URL('directory/store.ts', source), 'utf8')
  const selecting = [...store.matchAll(/select ([^;`]*?)from directory_entry/g)].map(([, what]) => what)
  expect(selecting).toHaveLength(4)
  for (const what of selecting) expect(what).not.toMatch(/\b(lid|listing_id|account_id|doc|facets|\*)/)
})

// What may be seen, said as plainly as FEDERATION.md 5 says it.
type Origin = { readonly validUntil: Date; readonly hidden: boolean }
type Entry = {
  readonly origin: number
  readonly audience: Audience
  readonly endsAt: Date
  readonly flag: { readonly opened: Date; readonly ends: Date } | undefined
}

function mayBeSeen(entry: Entry, origin: Origin, audience: Audience, now: Date): boolean {
  return entry.audience === audience && now < entry.endsAt && now < origin.validUntil && !origin.hidden
}

function isOpen({ flag }: Entry, now: Date): boolean {
  if (!flag) return false
  const limit = later(new Date(`${flag.opened.toISOString().slice(0, 10)}T00:00:00Z`), 91 * day - 1000)
  const ends = flag.ends < limit ? flag.ends : limit
  return now < ends && ends < later(now, 91 * day)
}

const instant = fc.integer({ min: -100, max: 100 }).map((hours) => later(start, hours * 3_600_000))
const far = fc.integer({ min: -120, max: 200 }).map((days) => later(start, days * day))
const origins = fc.array(fc.record({ validUntil: instant, hidden: fc.boolean() }), { minLength: 1, maxLength: 4 })
const entries = fc.array(
  fc.record({
    origin: fc.nat(3),
    audience: fc.constantFrom<Audience>('members', 'public'),
    endsAt: instant,
    flag: fc.option(fc.record({ opened: far, ends: far }), { nil: undefined }),
  }),
  { maxLength: 30 },
)

const flagged = Array.from({ length: 50 }, (_, seed) => inventedPerson(seed).peerChat).find(
  (chat) => chat !== undefined,
)
const text = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`

test('whoever is shown may be seen, whoever may be seen is shown, and open means open, whatever the leases, ends and clock', async () => {
  await fc.assert(
    fc.asyncProperty(
      origins,
      entries,
      instant,
      fc.constantFrom<Audience>('members', 'public'),
      async (allOrigins, allEntries, now, audience) => {
        await db.transaction(async (tx) => {
          await rows(tx, 'truncate directory_entry, origin cascade')
          await ensureOwnOrigin(tx, 'here.example')
          await ensureFacets(tx)
          for (const [index, { validUntil, hidden }] of allOrigins.entries())
            await addOrigin(tx, index + 1, `node${index + 1}.example`, { validUntil: text(validUntil), hidden })
          await indexEntries(
            tx,
            secret,
            allEntries.map((entry, number): EntrySource => {
              const { peerChat: _none, ...document } = inventedPerson(number, undefined, {
                endTime: text(entry.endsAt),
              })
              const chat = entry.flag &&
                flagged && { ...flagged, published: text(entry.flag.opened), endTime: text(entry.flag.ends) }
              return {
                originId: (entry.origin % allOrigins.length) + 1,
                audience: entry.audience,
                document: { ...document, ...(chat ? { peerChat: chat } : {}) },
              }
            }),
          )
        })
        const viewer = { audience }
        const expected = allEntries.flatMap((entry, number) => {
          const origin = allOrigins[entry.origin % allOrigins.length]
          return origin && mayBeSeen(entry, origin, audience, now)
            ? [{ id: inventedPerson(number).id, isOpen: isOpen(entry, now) }]
            : []
        })
        const shown = await everybody(viewer, now, {})
        const byId = (one: { id: string }, other: { id: string }): number => (one.id < other.id ? -1 : 1)
        expect(shown.toSorted(byId)).toEqual(expected.toSorted(byId))
        expect((await everybody(viewer, now, { open: true })).map(({ id }) => id).toSorted()).toEqual(
          expected
            .filter((one) => one.isOpen)
            .map(({ id }) => id)
            .toSorted(),
        )
        expect(await isAnybodyListed(db, now, viewer)).toBe(expected.length > 0)
        for (const [number] of allEntries.entries()) {
          const { id } = inventedPerson(number)
          expect((await entryByListing(db, now, viewer, id)) !== undefined).toBe(expected.some((one) => one.id === id))
        }
      },
    ),
    { numRuns: 40 },
  )
})

async function everybody(
  viewer: { audience: Audience },
  now: Date,
  query: { open?: boolean },
): Promise<{ id: string; isOpen: boolean }[]> {
  const found: { id: string; isOpen: boolean }[] = []
  let after: string | undefined
  do {
    const page = await search(db, now, viewer, { ...query, ...(after === undefined ? {} : { after }) }, secret)
    found.push(...page.cards.map((card) => ({ id: card.document.id, isOpen: card.openUntil !== undefined })))
    after = page.next
  } while (after !== undefined)
  return found
}
