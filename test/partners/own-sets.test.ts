import * as fc from 'fast-check'
import { addresses } from '../../src/common/addresses.ts'
import { rows } from '../../src/database/database.ts'
import type { Limit } from '../../src/partners/limit.ts'
import { currentStatement, type StatementFacts } from '../../src/partners/set-actions.ts'
import { bucketHashes, contentHash, rootOf } from '../../src/partners/set.ts'
import { changesAfter, ownBuckets, ownRoot, type PublishedItem } from '../../src/partners/set-views.ts'
import { settleHidden } from '../../src/partners/steps.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { listing, publishWithin, startAfresh, withdraw } from './people.ts'

let node: TestNode
beforeAll(async () => {
  node = await aNode()
})

const countries = ['GB', 'IE', null] as const
const hosts = ['a.example', 'b.example', 'c.example'] as const

/** What should be so of one partner, kept in the plainest way. */
type Asker = {
  readonly host: string
  country: string | null
  state: 'no' | 'accepted' | 'ended'
  /** By listing: whether it got a tombstone for what is hidden from it. */
  readonly hidden: Map<string, boolean>
}

type World = {
  readonly askers: readonly Asker[]
  readonly limits: Map<string, Limit>
  readonly live: Set<string>
  readonly gone: Set<string>
}

const names = ['ann001', 'bea001', 'cai001', 'dee001']
const iri = (name: string): string => addresses(node.url).listing(name)

function isOutside(limit: Limit | undefined, { host, country }: Asker): boolean {
  if (!limit) return false
  return (
    limit.hosts.includes(host) || (limit.countries !== null && (country === null || !limit.countries.includes(country)))
  )
}

const anyLimit: fc.Arbitrary<Limit> = fc.record({
  hosts: fc.uniqueArray(fc.constantFrom(...hosts), { maxLength: 2 }),
  countries: fc.option(fc.uniqueArray(fc.constantFrom('GB', 'IE'), { minLength: 1 })),
})

const anyDeed = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      name: fc.constantFrom(...names),
      words: fc.nat(2),
      limit: anyLimit,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const), name: fc.constantFrom(...names) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('settle in' as const),
      who: fc.nat(2),
      country: fc.constantFrom(...countries),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('accept' as const), who: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ask' as const), who: fc.nat(2) }) },
)
type Deed = typeof anyDeed extends fc.Arbitrary<infer One> ? One : never

async function beginAfresh(): Promise<World> {
  await startAfresh(node)
  for (const [index, host] of hosts.entries())
    await rows(
      node.app.db,
      `insert into partner (id, host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, country, directory_key,
         following, follower, created_at, updated_at)
       values ($1, $2::text, 'https://' || $2, 'https://' || $2 || '/d', '', '', '', '', '', $3, '', 'no', 'no', now(), now())`,
      [index + 1, host, countries[index] ?? null],
    )
  const askers = hosts.map((host, index): Asker => {
    return { host, country: countries[index] ?? null, state: 'no', hidden: new Map() }
  })
  return { askers, limits: new Map(), live: new Set(), gone: new Set() }
}

/** Does it, to the node and to what should be so. */
async function perform(world: World, deed: Deed): Promise<void> {
  if (deed.do === 'publish') return published(world, deed.name, deed.limit, deed.words)
  if (deed.do === 'withdraw') {
    await withdraw(node, deed.name)
    if (world.live.delete(deed.name)) world.gone.add(deed.name)
    return
  }
  const asker = world.askers[deed.who]
  if (!asker) return
  const id = deed.who + 1
  if (deed.do === 'accept' && asker.state !== 'accepted') {
    await node.app.db.transaction((tx) => settleHidden(tx, node.app, id))
    await rows(node.app.db, `update partner set follower = 'accepted' where id = $1`, [id])
    for (const name of [...world.live, ...world.gone])
      if (isOutside(world.limits.get(name), asker) && !asker.hidden.has(name)) asker.hidden.set(name, false)
    asker.state = 'accepted'
  }
  if (deed.do === 'end' && asker.state === 'accepted') {
    await rows(node.app.db, `update partner set follower = 'ended', follower_ended_at = $2 where id = $1`, [
      id,
      node.time,
    ])
    asker.state = 'ended'
  }
  if (deed.do === 'settle in' && asker.state === 'accepted') {
    await rows(node.app.db, `update partner set country = $2 where id = $1`, [id, deed.country])
    await node.app.db.transaction((tx) => settleHidden(tx, node.app, id))
    asker.country = deed.country
    for (const name of world.live)
      if (isOutside(world.limits.get(name), asker) && !asker.hidden.has(name)) asker.hidden.set(name, true)
  }
  if (deed.do === 'ask' && asker.state === 'accepted') await asked(id)
}

async function published(world: World, name: string, limit: Limit, words: number): Promise<void> {
  if (world.gone.has(name)) return
  await publishWithin(node, limit, listing(node, name, { summary: `Words ${words}` }))
  const hadIt = world.live.has(name)
  world.limits.set(name, limit)
  world.live.add(name)
  for (const asker of world.askers)
    if (asker.state !== 'no' && isOutside(limit, asker) && !asker.hidden.has(name)) asker.hidden.set(name, hadIt)
}

async function asked(partnerId: number): Promise<StatementFacts> {
  const text = await currentStatement(node.app, partnerId, (facts) => JSON.stringify(facts))
  const facts = JSON.parse(text) as StatementFacts
  expect(facts).toMatchObject(await ownRoot(node.app.db, partnerId))
  return facts
}

async function everyPage(partnerId: number, limit: number): Promise<readonly PublishedItem[]> {
  const all: PublishedItem[] = []
  for (let after = 0; ; after = all.at(-1)?.seq ?? 0) {
    const page = await changesAfter(node.app.db, partnerId, after, limit)
    all.push(...page)
    if (page.length < limit) return all
  }
}

/** Holds one partner's pages, buckets, root, number and statement to the rules of set.ts. */
async function check({ live, gone }: World, asker: Asker, partnerId: number): Promise<void> {
  const items = await everyPage(partnerId, 2)
  const seqs = items.map(({ seq }) => seq)
  expect(seqs).toEqual([...new Set(seqs)].toSorted((one, other) => one - other))
  const shown = [...live].filter((name) => !asker.hidden.has(name))
  const taken = [...gone].filter((name) => !asker.hidden.has(name))
  const tombstones = [...taken, ...[...asker.hidden].flatMap(([name, hadIt]) => (hadIt ? name : []))]
  const idsOf = (which: readonly string[]): readonly string[] => which.map(iri).toSorted()
  expect(items.flatMap(({ id, document }) => (document === null ? [] : id)).toSorted()).toEqual(idsOf(shown))
  expect(items.flatMap(({ id, document }) => (document === null ? id : [])).toSorted()).toEqual(idsOf(tombstones))
  const entries = items.flatMap(({ id, document }) =>
    document === null ? [] : { id, contentHash: contentHash(JSON.parse(document)) },
  )
  const right = { root: rootOf(entries), totalItems: shown.length }
  expect(await ownRoot(node.app.db, partnerId)).toEqual(right)
  expect(await ownBuckets(node.app.db, partnerId)).toEqual(bucketHashes(entries))
  expect(await asked(partnerId)).toMatchObject(right)
}

test('whatever is published, changed, withdrawn and hidden: pages, buckets and root of every partner follow the rules', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyDeed, { minLength: 4, maxLength: 24 }), async (deeds) => {
      const world = await beginAfresh()
      for (const deed of deeds) await perform(world, deed)
      for (const [index, asker] of world.askers.entries())
        if (asker.state === 'accepted') await check(world, asker, index + 1)
    }),
    { numRuns: 30 },
  )
}, 180_000)
