import fc from 'fast-check'
import { day, later, rfc3339 } from '../../src/common/clock.ts'
import { vocabulary } from '../../src/common/vocabularies.ts'
import { openDatabase, rows, type Db } from '../../src/database/database.ts'
import { entriesFor, facetsIn } from '../../src/directory/conditions.ts'
import { tally, type Tally } from '../../src/directory/count-answer.ts'
import { tableOf } from '../../src/directory/count-keeper-views.ts'
import { readApart } from '../../src/directory/count-rows-views.ts'
import { facetCounts } from '../../src/directory/count-views.ts'
import { countTotal, queryFor } from '../../src/directory/counting.ts'
import { everyFacet, facetKinds, type Facet } from '../../src/directory/facets.ts'
import type { Audience } from '../../src/directory/order.ts'
import type { SearchQuery } from '../../src/directory/query.ts'
import { ensureFacets, ensureOwnOrigin, indexEntries, removeEntries } from '../../src/directory/steps.ts'
import { facetIds } from '../../src/directory/store.ts'
import { noParameters, type Sight } from '../../src/directory/visible.ts'
import { freshDatabase } from '../support/database.ts'
import { addOrigin, inventedNow, inventedPerson } from '../support/people.ts'

const secret = 'order'
const accounts = ['ann', 'ben', 'cat']
let db: Db

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
  await rows(
    db,
    `insert into account (id, mail, role, state, language, created_at) select n, n || '@here.example', 'member', 'active', 'en', $2
     from unnest($1::text[]) n`,
    [accounts, inventedNow],
  )
})
afterAll(() => db.close())

/** The counts as the database itself has them: one statement for all kinds of facets that are counted alike. */
async function exactly(
  now: Date,
  audience: Audience,
  accountId: string | undefined,
  query: SearchQuery,
): Promise<Tally> {
  const sight: Sight = { audience, now, accountId }
  const values = new Map<string, number>()
  for (const kinds of Map.groupBy(facetKinds, (kind) => JSON.stringify(queryFor(kind, query))).values()) {
    const asked = queryFor(kinds[0] ?? 'role', query)
    const given = noParameters()
    const fitting = entriesFor(given, sight, asked, undefined, await facetIds(db, facetsIn(asked, undefined)))
    const found = await rows<{ key: string; people: number }>(
      db,
      `select f.kind || ':' || f.value as key, n.people from facet f
       join (select id, count(*)::int as people from (select unnest(e.facets) as id ${fitting}) one group by id) n on f.id = n.id
       where f.kind = any(${given.add(kinds)})`,
      given.values,
    )
    for (const { key, people } of found) values.set(key, people)
  }
  const given = noParameters()
  const fitting = entriesFor(
    given,
    sight,
    { ...query, open: true },
    undefined,
    await facetIds(db, facetsIn(query, undefined)),
  )
  const [row] = await rows<{ people: number }>(db, `select count(*)::int as people ${fitting}`, given.values)
  return { values, open: row?.people ?? 0 }
}

type Step =
  | {
      readonly do: 'come'
      readonly first: number
      readonly count: number
      readonly origin: number
      readonly isPublic: boolean
    }
  | { readonly do: 'change'; readonly number: number; readonly days: number; readonly origin: number }
  | { readonly do: 'go'; readonly first: number; readonly count: number; readonly origin: number }
  | { readonly do: 'lease'; readonly origin: number; readonly days: number; readonly hidden: boolean }
  | { readonly do: 'refuse' | 'allow' | 'hide' | 'show'; readonly number: number; readonly origin: number }
  | {
      readonly do: 'block'
      readonly who: number
      readonly what: 'server' | 'person' | 'account'
      readonly number: number
    }
  | { readonly do: 'wait'; readonly days: number }

const number = fc.nat(59)
const few = fc.nat(3) // so that the same person meets several things
const origin = fc.constantFrom(0, 1, 1, 2)
const remote = fc.constantFrom(1, 1, 2)
const days = fc.integer({ min: -3, max: 40 })
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('come' as const),
      first: number,
      count: fc.nat(30),
      origin,
      isPublic: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('change' as const), number: few, days, origin }) },
  fc.record({ do: fc.constant('go' as const), first: number, count: fc.nat(10), origin }),
  fc.record({ do: fc.constant('lease' as const), origin: remote, days, hidden: fc.boolean() }),
  fc.record({
    do: fc.constantFrom('refuse' as const, 'allow' as const, 'hide' as const, 'show' as const),
    number: few,
    origin: remote,
  }),
  fc.record({
    do: fc.constant('block' as const),
    who: fc.nat(2),
    what: fc.constantFrom('server' as const, 'person' as const, 'account' as const),
    number: few,
  }),
  fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: -2, max: 40 }) }),
)

const hostOf = (id: number): string => (id === 0 ? 'here.example' : `node${id}.example`)
const accountOf = (id: number, person: number): string | undefined => (id === 0 ? accounts[person % 3] : undefined)
const personOf = (person: number, id: number, change = {}) =>
  inventedPerson(1000 * id + person, `https://${hostOf(id)}`, change)

async function take(step: Step): Promise<void> {
  await db.transaction(async (tx) => {
    if (step.do === 'come' || step.do === 'change') {
      const numbers =
        step.do === 'come' ? Array.from({ length: step.count }, (_, index) => step.first + index) : [step.number]
      const change = step.do === 'come' ? {} : { endTime: rfc3339(later(inventedNow, step.days * day)) }
      await indexEntries(
        tx,
        secret,
        numbers.map((one) => {
          const accountId = accountOf(step.origin, one)
          return {
            originId: step.origin,
            audience: step.do === 'come' && step.isPublic ? 'public' : 'members',
            ...(accountId === undefined ? {} : { accountId }),
            document: personOf(one, step.origin, change),
          }
        }),
      )
    } else if (step.do === 'go')
      await removeEntries(
        tx,
        Array.from({ length: step.count }, (_, index) => personOf(step.first + index, step.origin).id),
      )
    else if (step.do === 'lease')
      await rows(tx, 'update origin set valid_until = $2, hidden = $3 where origin_id = $1', [
        step.origin,
        later(inventedNow, step.days * day),
        step.hidden,
      ])
    else if (step.do === 'refuse')
      await rows(tx, `insert into domain_block values ($1, 'why', null, $2) on conflict do nothing`, [
        hostOf(step.origin),
        inventedNow,
      ])
    else if (step.do === 'allow') await rows(tx, 'delete from domain_block where domain = $1', [hostOf(step.origin)])
    else if (step.do === 'hide') {
      const { featuredObject, id } = personOf(step.number, step.origin)
      await rows(tx, `insert into hidden_entry values ($1, $1, $2, 'h', 'n', null, $3) on conflict do nothing`, [
        featuredObject,
        id,
        inventedNow,
      ])
    } else if (step.do === 'show')
      await rows(tx, 'delete from hidden_entry where id = (select max(id) from hidden_entry)')
    else if (step.do === 'block') {
      const from = (step.number % 2) + 1
      const actor =
        step.what === 'server' ? null : personOf(step.number, step.what === 'account' ? 0 : from).featuredObject
      const other = step.what === 'account' ? (accounts[step.number % 3] ?? null) : null
      await rows(
        tx,
        `insert into person_block (id, account_id, actor, domain, blocked_account_id, blocked_at)
         values (gen_random_uuid(), $1, $2, $3, $4, $5) on conflict do nothing`,
        [accounts[step.who], actor, step.what === 'server' ? hostOf(from) : null, other, inventedNow],
      )
    }
  })
}

// Mostly nothing is asked: with every facet in it a query finds nobody.
const seldom = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
const some = (values: readonly string[]): fc.Arbitrary<string[] | undefined> =>
  seldom(fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }))
const valuesOf = (kind: Facet['kind']): string[] =>
  everyFacet().flatMap((facet) => (facet.kind === kind ? [facet.value] : []))
const queries = fc
  .record({
    roles: some(valuesOf('role')),
    families: some(valuesOf('role-family')),
    sectors: some(vocabulary('sectors').concepts.map(({ id }) => id)),
    countries: some(['GB', 'IE', 'DE']),
    languages: some(['en', 'cy', 'de']),
    speaks: some(['en', 'fr']),
    shares: some(valuesOf('share')),
    kinds: some(valuesOf('kind')),
    onlyOne: seldom(fc.constantFrom('any' as const, 'team' as const)),
    open: seldom(fc.constant(true as const)),
    hours: seldom(fc.constant('near' as const)),
    near: fc.constant(['GB', 'FR']),
  })
  .map((query): SearchQuery => Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)))
const readers = fc.record({ audience: fc.constantFrom<Audience>('members', 'members', 'public'), account: fc.nat(3) })

test('counts are those of the database itself, whatever came, changed, went, was hidden or blocked, and whenever', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(steps, fc.array(fc.tuple(queries, readers), { minLength: 1, maxLength: 2 })), {
        maxLength: 25,
        size: 'max',
      }),
      async (story) => {
        await db.transaction(async (tx) => {
          await rows(tx, 'truncate directory_entry, origin, hidden_entry, domain_block, person_block cascade')
          await ensureOwnOrigin(tx, hostOf(0))
          await ensureFacets(tx)
          for (let id = 1; id <= 2; id += 1) await addOrigin(tx, id, hostOf(id))
        })
        await take({ do: 'come', first: 0, count: 60, origin: 1, isPublic: false })
        await take({ do: 'come', first: 0, count: 60, origin: 0, isPublic: false })
        const keeper = tableOf(db)
        const numbers = await facetIds(db, everyFacet())
        let now = inventedNow
        for (const [step, questions] of story) {
          if (step.do === 'wait') now = later(now, step.days * day)
          else await take(step)
          for (const [query, { audience, account }] of questions) {
            const accountId = audience === 'members' ? accounts[account] : undefined
            const expected = await exactly(now, audience, accountId, query)
            const apart = accountId === undefined ? undefined : await readApart(db, accountId)
            const counted = tally(await keeper.current(), { now, audience, query, apart, among: undefined }, numbers)
            expect(sorted(counted)).toEqual(sorted(expected))
            const told = await facetCounts(
              db,
              now,
              { audience, ...(accountId === undefined ? {} : { accountId }) },
              query,
            )
            expect(told).toEqual({
              values: new Map([...counted.values].map(([key, people]) => [key, countTotal(people)])),
              open: countTotal(expected.open),
              isAbout: false,
              asOf: now,
            })
          }
        }
      },
    ),
    { numRuns: 15 },
  )
})

const sorted = ({ values, open }: Tally): unknown => [
  [...values].toSorted(([one], [other]) => (one < other ? -1 : 1)),
  open,
]
