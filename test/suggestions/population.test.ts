// Suggestions held against what they promise, over invented populations.
import fc from 'fast-check'
import { day, later } from '../../src/common/clock.ts'
import { conceptIri } from '../../src/common/vocabularies.ts'
import { openDatabase, rows, type Db } from '../../src/database/database.ts'
import type { NodeSecrets } from '../../src/database/settings.ts'
import type { ListingDocument } from '../../src/directory/document.ts'
import { ensureFacets, ensureOwnOrigin, indexEntries } from '../../src/directory/steps.ts'
import { viewerOf } from '../../src/directory/viewer-views.ts'
import { entities } from '../../src/node.ts'
import { saveFields } from '../../src/profile/actions.ts'
import type { ProfileFields } from '../../src/profile/profile.ts'
import { setAside } from '../../src/suggestions/actions.ts'
import { rememberMet } from '../../src/suggestions/steps.ts'
import type { Suggestions } from '../../src/suggestions/suggestion.ts'
import { suggestionsFor } from '../../src/suggestions/views.ts'
import { freshDatabase } from '../support/database.ts'
import { addOrigin, inventedNow as now, inventedPerson } from '../support/people.ts'

const secrets: NodeSecrets = { session: 's', hashing: 'h', order: 'o' }
const account = {
  id: 'asker',
  mail: 'asker@here.example',
  role: 'member',
  moderates: false,
  state: 'active',
  language: 'en',
  createdAt: now,
  signedInAt: null,
} as const
let db: Db
let made = 0

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities })
  await db.transaction(async (tx) => {
    await ensureOwnOrigin(tx, 'here.example')
    await ensureFacets(tx)
    await addOrigin(tx, 1, 'node1.example')
    await addOrigin(tx, 2, 'node2.example', { hidden: true })
    await addOrigin(tx, 3, 'node3.example', { validUntil: '2026-11-01T00:00:00Z' })
    await addOrigin(tx, 4, 'node4.example')
  })
})
afterAll(() => db.close())

// One person of a population, in the words of the promise.
type Invented = {
  readonly origin: 0 | 1 | 2 | 3 | 4
  readonly organisation: string
  readonly sector: string | undefined
  readonly country: string | undefined
  readonly languages: readonly string[]
  readonly role: string
  readonly shares: readonly string[]
  readonly wants: readonly string[]
  readonly onlyOne: 'none' | 'team'
  readonly flag: 'open' | 'ended' | 'closed'
  readonly keepsOwnOut: boolean
  readonly trouble: 'none' | 'none ' | 'blocked' | 'hidden' | 'over' | 'set aside' | 'met' | 'met long ago'
}

const practices = ['retrospective', 'story-map', 'show-and-tell']
const slugs = fc.subarray(practices)
const person: fc.Arbitrary<Invented> = fc.record({
  origin: fc.constantFrom(0, 1, 1, 2, 3, 4),
  organisation: fc.constantFrom(
    'North Council',
    'North Wales Council',
    'Eastmere College',
    'Q',
    'Velden',
    'Marsh Trust',
    'Holt',
  ),
  sector: fc.constantFrom('local-government', 'local-government', 'health-care', undefined),
  country: fc.constantFrom('GB', 'GB', 'DE', 'NZ', undefined),
  languages: fc.constantFrom(['en'], ['en', 'cy'], ['de'], ['cy', 'de']),
  role: fc.constantFrom('product-manager', 'product-owner', 'librarian'),
  shares: slugs,
  wants: slugs,
  onlyOne: fc.constantFrom('none', 'team'),
  flag: fc.constantFrom('open', 'open', 'open', 'ended', 'closed'),
  keepsOwnOut: fc.boolean(),
  trouble: fc.constantFrom('none', 'none ', 'none', 'blocked', 'hidden', 'over', 'set aside', 'met', 'met long ago'),
})
const asker: fc.Arbitrary<ProfileFields> = fc.record(
  {
    displayName: fc.constant('Asha'),
    roles: fc.constantFrom(['product-manager'], ['librarian', 'product-owner']),
    organisation: fc.constant('North Council'),
    sector: fc.constantFrom('local-government', 'health-care'),
    country: fc.constantFrom('GB', 'DE'),
    timeZone: fc.constantFrom('Europe/London', 'Pacific/Auckland'),
    languages: fc.constantFrom(
      [{ tag: 'en', level: 'easy' }] as const,
      [
        { tag: 'en-GB', level: 'easy' },
        { tag: 'de', level: 'slow' },
      ] as const,
    ),
    shares: slugs,
    wantsToTry: slugs,
    boundaries: fc.constantFrom([], ['not-my-organisation'] as const),
  },
  { requiredKeys: ['displayName', 'roles', 'organisation', 'sector', 'country', 'languages'] },
) as fc.Arbitrary<ProfileFields> // the lists are constants, and so read-only

function documentOf(one: Invented, number: number): ListingDocument {
  const host = one.origin === 0 ? 'here.example' : `node${one.origin}.example`
  const plain = inventedPerson(number, `https://${host}`)
  const chat = flagged?.peerChat
  const { peerChat: _chat, ...closed } = plain
  if (!chat) throw new Error('nobody was invented with a flag')
  return {
    ...closed,
    hasOccupation: [{ type: 'Occupation', name: 'R', occupationalCategory: conceptIri('roles', one.role) }],
    onlyOne: one.onlyOne,
    worksFor: {
      type: 'Organization',
      name: one.organisation,
      ...(one.sector === undefined ? {} : { sector: conceptIri('sectors', one.sector) }),
      ...(one.country === undefined ? {} : { addressCountry: one.country }),
    },
    knowsLanguage: one.languages.map((tag) => ({ tag, level: 'easy' as const })),
    shares: one.shares.map((slug) => conceptIri('practices', slug)),
    wantsToTry: one.wants.map((slug) => conceptIri('practices', slug)),
    ...(one.trouble === 'over' ? { endTime: '2026-11-01T10:00:00Z' } : {}),
    ...(one.flag === 'closed'
      ? {}
      : {
          peerChat: {
            ...chat,
            published: '2026-11-01T10:00:00Z',
            endTime: one.flag === 'open' ? '2026-12-24T23:59:59Z' : '2026-11-20T23:59:59Z',
            boundaries: one.keepsOwnOut ? ['no-press', 'not-my-organisation'] : [],
          },
        }),
  }
}
const flagged = Array.from({ length: 50 }, (_, seed) => inventedPerson(seed)).find((one) => one.peerChat !== undefined)

/** Makes the population and asks; origin 2's people are hidden here, and the lease of origin 3 has ended. */
async function suggested(
  fields: ProfileFields,
  people: readonly Invented[],
): Promise<{
  readonly found: readonly Invented[]
  readonly whole: Suggestions
  readonly again: (at: Date) => Promise<readonly string[]>
}> {
  const first = made
  made += people.length
  const documents = people.map((one, index) => documentOf(one, first + index))
  await db.transaction(async (tx) => {
    for (const table of ['directory_entry', 'hidden_entry', 'account']) await rows(tx, `delete from ${table}`)
    await rows(
      tx,
      `insert into account (id, mail, role, state, language, created_at) values ($1, $2, 'member', 'active', 'en', $3)`,
      [account.id, account.mail, now],
    )
    await indexEntries(
      tx,
      secrets.order,
      documents.map((document, index) => ({ originId: people[index]?.origin ?? 1, audience: 'members', document })),
    )
  })
  const needs = { db, now: () => now, newId: () => `id${(made += 1)}` }
  await saveFields(needs, account.id, fields)
  for (const [index, { trouble }] of people.entries()) {
    const personId = documents[index]?.featuredObject ?? ''
    const pair = { hashingKey: secrets.hashing, accountId: account.id, personId }
    if (trouble === 'set aside') await setAside({ ...needs, hashingKey: secrets.hashing }, account.id, personId)
    if (trouble === 'met') await db.transaction((tx) => rememberMet(tx, { ...pair, at: later(now, -700 * day) }))
    if (trouble === 'met long ago')
      await db.transaction((tx) => rememberMet(tx, { ...pair, at: later(now, -740 * day) }))
    if (trouble === 'blocked')
      await rows(db, 'insert into person_block (id, account_id, actor, blocked_at) values ($1, $2, $3, $4)', [
        needs.newId(),
        account.id,
        personId,
        now,
      ])
    if (trouble === 'hidden')
      await rows(
        db,
        `insert into hidden_entry (id, person, listing_id, host, name, hidden_at) values ($1, $2, 'l', 'h', 'n', $3)`,
        [needs.newId(), personId, now],
      )
  }
  const viewer = await viewerOf(db, account)
  const ask = (at: Date): Promise<Suggestions> => suggestionsFor({ db, secrets }, viewer, at)
  const whole = await ask(now)
  const byId = new Map(documents.map(({ id }, index) => [id, people[index]]))
  return {
    whole,
    found: whole.people.flatMap(({ card }) => byId.get(card.document.id) ?? []),
    again: async (at) => (await ask(at)).people.map(({ card }) => card.document.id),
  }
}

// What is promised, said plainly. New Zealand and Europe have no office hour in common in November.
function mayBeSuggested(fields: ProfileFields, one: Invented): boolean {
  const languages = (fields.languages ?? []).map(({ tag }) => tag.slice(0, 2))
  const isOwn =
    one.organisation === 'North Council' ||
    one.organisation === 'North Wales Council' ||
    (one.origin === 0 && (one.keepsOwnOut || fields.boundaries?.length === 1))
  const isFar = { GB: 'Europe', DE: 'Europe', NZ: 'Pacific' }[one.country ?? ''] ?? ''
  const own = fields.timeZone ?? 'Europe/London' // Germany and Britain have one clock each
  return (
    (one.origin === 0 || one.origin === 1 || one.origin === 4) &&
    one.flag === 'open' &&
    ['none', 'none ', 'met long ago'].includes(one.trouble) &&
    one.languages.some((language) => languages.includes(language)) &&
    !isOwn &&
    (one.country === undefined || own.startsWith(isFar))
  )
}

function axesOf(fields: ProfileFields, people: readonly Invented[]): number {
  return [
    people.some(({ sector }) => sector !== undefined && sector !== fields.sector),
    people.some(({ country }) => country !== undefined && country !== fields.country),
    people.some(({ country }) => country === fields.country),
  ].filter(Boolean).length
}

/** On how many axes five people of different organisations can be spread at best: three are enough to reach all of them. */
function bestSpread(fields: ProfileFields, people: readonly Invented[]): number {
  const sets = people.flatMap((a) => people.flatMap((b) => people.map((c) => [a, b, c])))
  const isApart = (set: readonly Invented[]): boolean =>
    new Set(set.map(({ organisation }) => organisation)).size === new Set(set).size
  return Math.max(0, ...sets.filter(isApart).map((set) => axesOf(fields, set)))
}

test('whoever is suggested may be, nobody twice of one organisation, spread as far as the population allows', async () => {
  await fc.assert(
    fc.asyncProperty(asker, fc.array(person, { maxLength: 24 }), async (fields, people) => {
      const { found, whole, again } = await suggested(fields, people)
      const eligible = people.filter((one) => mayBeSuggested(fields, one))
      const organisations = new Set(eligible.map(({ organisation }) => organisation)).size
      expect(found.filter((one) => !mayBeSuggested(fields, one))).toEqual([])
      expect(new Set(found.map(({ organisation }) => organisation)).size).toBe(found.length)
      expect(found).toHaveLength(Math.min(5, organisations))
      expect(axesOf(fields, found)).toBe(bestSpread(fields, eligible))
      expect(whole.missing).toHaveLength(found.length === 0 ? 0 : 3 - axesOf(fields, found))
      for (const { reasons } of whole.people) expect(reasons.length).toBeGreaterThan(0)
      const ids = whole.people.map(({ card }) => card.document.id)
      expect(await again(later(now, 14.9 * 3_600_000))).toEqual(ids)
    }),
    { numRuns: 100 },
  )
})
