import fc from 'fast-check'
import type { App } from '../../src/app.ts'
import { day, dayOf, hour, later } from '../../src/common/clock.ts'
import { Refusal, InvalidInput } from '../../src/common/errors.ts'
import { rows } from '../../src/database/database.ts'
import {
  allowScope,
  closeToChat,
  endScope,
  markFull,
  openToChat,
  pauseUntil,
  refresh,
  renew,
  resume,
  settleFlag,
  withdraw,
} from '../../src/listing/actions.ts'
import { flagState } from '../../src/listing/flag.ts'
import { purposes, scopesAt, type Purpose } from '../../src/listing/scopes.ts'
import { flagOf, publicPerson } from '../../src/listing/views.ts'
import { saveAudience } from '../../src/profile/actions.ts'
import { withheldFrom } from '../../src/profile/profile.ts'
import { profileOf, receipts } from '../../src/profile/views.ts'
import { chooseHandle } from '../../src/profile/actions.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, type Resident } from '../support/resident.ts'
import { entryOf, publishedOf, visible } from './reads.ts'

type Step =
  | { readonly do: 'yes' | 'no'; readonly purpose: Purpose }
  | { readonly do: 'withdraw' | 'close' | 'full' | 'resume' | 'renew' | 'settle' | 'handle' }
  | { readonly do: 'open' | 'pause' | 'wait'; readonly days: number }
  | { readonly do: 'keep name to'; readonly level: 3 | 4 | 5 }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('yes' as const), purpose: fc.constantFrom(...purposes) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('no' as const), purpose: fc.constantFrom(...purposes) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'withdraw' as const,
        'close' as const,
        'full' as const,
        'resume' as const,
        'renew' as const,
        'settle' as const,
        'handle' as const,
      ),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('open' as const, 'pause' as const, 'wait' as const),
      days: fc.integer({ min: 0, max: 40 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('keep name to' as const),
      level: fc.constantFrom(3 as const, 4 as const, 5 as const),
    }),
  },
)

let node: TestNode
let people = 0
let handles = 0

beforeAll(async () => {
  node = await aNode()
})

async function take(who: Resident, asked: Step, app: App = node.app): Promise<void> {
  const said = { language: 'en', channel: 'page' } as const
  switch (asked.do) {
    case 'yes':
      return allowScope(app, who, { purpose: asked.purpose, ...said })
    case 'no':
      return endScope(app, who, { purpose: asked.purpose, ...said })
    case 'withdraw':
      return withdraw(app, who, said)
    case 'open':
      return openToChat(app, who, {
        kinds: ['first-chat'],
        boundaries: [],
        capacity: 1,
        hiddenHere: asked.days % 3 === 0,
        endsOn: dayOf(later(node.time, asked.days * day)),
      })
    case 'close':
      return closeToChat(app, who)
    case 'pause':
      return pauseUntil(app, who, dayOf(later(node.time, asked.days * day)))
    case 'full':
      return markFull(app, who)
    case 'resume':
      return resume(app, who)
    case 'renew':
      return renew(app, who)
    case 'settle':
      return settleFlag(app, who.id)
    case 'wait':
      node.time = later(node.time, asked.days * hour)
      return undefined
    case 'handle':
      handles += 1
      return chooseHandle({ ...app, hashingKey: app.secrets.hashing }, who.id, `again_${handles}`)
    case 'keep name to':
      return saveAudience(app, who.id, { levels: { displayName: asked.level }, onlyOneInPublic: false })
  }
}

/** What is visible of somebody is what her switches, her audience and her flag say, in every table that others read. */
async function agrees(who: Resident, knownIris: Set<string>): Promise<void> {
  await settleFlag(node.app, who.id)
  const seen = await visible(node, who.id)
  const { listing, iri } = seen
  const profile = await profileOf(node.app.db, who.id)
  if (!profile) throw new Error('a resident without a profile')
  const scopes = {
    here: listing?.here ?? false,
    partners: listing?.partners ?? false,
    public: listing?.public ?? false,
    discovery: listing?.discovery ?? false,
  }
  expect(scopesAt(await receipts(node.app.db, who.id), node.time)).toEqual(scopes)

  const shownTo = (level: 3 | 4 | 5): boolean => withheldFrom(level, profile.fields, profile.audience).length === 0
  expect(entryOf(seen, 'members') !== undefined).toBe(scopes.here && shownTo(3))
  expect(entryOf(seen, 'public') !== undefined).toBe(scopes.public && shownTo(5))
  expect(seen.entries.every(({ id }) => id === iri)).toBe(true)

  if (iri !== undefined) knownIris.add(iri)
  const live = (await publishedOf(node)).filter(({ id, document }) => knownIris.has(id) && document !== null)
  expect(live.map(({ id }) => id)).toEqual(scopes.partners && shownTo(4) && iri !== undefined ? [iri] : [])
  for (const { document } of live) {
    const { seq: _seq, ...content } = JSON.parse(document ?? '')
    expect(content).toEqual(JSON.parse(listing?.partnersDocument ?? ''))
  }

  const current = seen.people.filter(({ retiredAt }) => retiredAt === null)
  expect(current.map(({ id, handle }) => ({ id, handle }))).toEqual(
    listing ? [{ id: listing.personId, handle: scopes.public ? profile.handle : null }] : [],
  )
  expect(seen.people.every(({ publicSince, retiredAt }) => retiredAt === null || publicSince !== null)).toBe(true)
  const shown =
    scopes.public && profile.handle !== null
      ? await publicPerson(node.app.db, node.time, { handle: profile.handle })
      : undefined
  expect(shown !== undefined).toBe(scopes.public)

  const flag = await flagOf(node.app.db, who.id)
  const isOpen = flagState(flag, node.time) === 'open'
  if (!listing) expect(flag === undefined || flag.closedAt !== null).toBe(true)
  for (const document of [
    entryOf(seen, 'public'),
    shown?.document,
    ...live.map(({ document: text }) => JSON.parse(text ?? '')),
  ])
    if (document) expect(document.peerChat !== undefined).toBe(isOpen)
  if (entryOf(seen, 'members'))
    expect(entryOf(seen, 'members').peerChat !== undefined).toBe(isOpen && !flag?.hiddenHere)
  expect(listing?.announcedFlag ?? null).toBe(scopes.public && isOpen ? (flag?.id ?? null) : null)
}

test('whatever somebody does, directory entries, published listings and people agree with her switches', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.subarray([...purposes]),
      fc.array(step, { minLength: 2, maxLength: 10 }),
      async (first, then) => {
        people += 1
        const who = await aResident(node, `person_${people}`)
        const knownIris = new Set<string>()
        for (const asked of [...first.map((purpose): Step => ({ do: 'yes', purpose })), ...then]) {
          node.time = later(node.time, 1000)
          try {
            await take(who, asked)
          } catch (error) {
            if (!(error instanceof Refusal || error instanceof InvalidInput)) throw error
          }
          // What the job of a saved profile does.
          await refresh(node.app, who.id)
          await agrees(who, knownIris)
        }
        expect(await node.settle()).toEqual([])
        await agrees(who, knownIris)
      },
    ),
    { numRuns: 15 },
  )
  // Ids of everything that ended are gone for good: none is live twice, and each tombstone is one.
  const all = await rows<{ id: string }>(node.app.db, 'select id from published_listing')
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
}, 180_000)

test('many presses at the same moment happen one after the other', async () => {
  people += 1
  const who = await aResident(node, `person_${people}`)
  const knownIris = new Set<string>()
  // Time moves on between two changes, as it does outside of tests.
  const ticking: App = { ...node.app, now: () => (node.time = later(node.time, 1)) }
  for (let round = 0; round < 3; round += 1) {
    const steps: Step[] = [
      ...purposes.flatMap((purpose): Step[] => [
        { do: 'yes', purpose },
        { do: 'yes', purpose },
      ]),
      { do: 'open', days: 10 },
      { do: 'open', days: 20 },
      { do: 'renew' },
      { do: 'withdraw' },
      { do: 'yes', purpose: 'partners' },
      { do: 'settle' },
    ]
    const results = await Promise.allSettled(steps.map((asked) => take(who, asked, ticking)))
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    expect(failures.filter((failure) => !(failure instanceof Refusal))).toEqual([])
    const listing = (await visible(node, who.id)).listing
    if (listing) await endScope(node.app, who, { purpose: 'here', language: 'en', channel: 'page' })
    node.time = later(node.time, 1000)
    if (!(await profileOf(node.app.db, who.id))?.handle) await take(who, { do: 'handle' })
  }
  await refresh(node.app, who.id)
  node.time = later(node.time, 1000)
  await withdraw(node.app, who, { language: 'en', channel: 'page' })
  await agrees(who, knownIris)
  expect(await node.settle()).toEqual([])
  // Once her last words are written.
  const { people: everSeen } = await visible(node, who.id)
  expect(everSeen.filter(({ retiredAt, handle }) => retiredAt !== null && handle !== null)).toEqual([])
})
