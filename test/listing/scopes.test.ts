import { rows } from '../../src/database/database.ts'
import { day, later } from '../../src/common/clock.ts'
import { allowScope, closeToChat, endScope, keepListing, openToChat, withdraw } from '../../src/listing/actions.ts'
import { scopesAt, type Purpose } from '../../src/listing/scopes.ts'
import { flagOf, listingOf, publicPerson, retiredPerson } from '../../src/listing/views.ts'
import { saveAudience, saveFields } from '../../src/profile/actions.ts'
import { receipts } from '../../src/profile/views.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { entryOf, publishedOf, visible } from './reads.ts'

const start = new Date('2026-11-22T09:00:00Z')
const said = { language: 'en', channel: 'page' } as const
let node: TestNode
let people = 0

beforeAll(async () => {
  node = await aNode()
})

beforeEach(() => {
  node.time = start
})

afterEach(async () => {
  expect(await node.settle()).toEqual([])
})

function someone(fields: Parameters<typeof aResident>[2] = {}): Promise<Resident> {
  people += 1
  return aResident(node, `person_${people}`, fields)
}

test('somebody with an account and a finished profile is nowhere until she says so', async () => {
  const who = await someone()
  expect(await node.settle()).toEqual([])
  expect(await visible(node, who.id)).toMatchObject({ listing: undefined, entries: [], people: [], live: [] })
  expect(await receipts(node.app.db, who.id)).toEqual([])
})

test.each([
  ['here', { entries: [1], published: 0, isPublic: false }],
  ['partners', { entries: [], published: 1, isPublic: false }],
  ['public', { entries: [2], published: 0, isPublic: true }],
] as const)('a yes to %s shows her there and nowhere else', async (purpose, expected) => {
  const who = await someone()
  const before = (await publishedOf(node)).length
  await listed(node, who, [purpose])
  const seen = await visible(node, who.id)
  expect(seen.entries.map(({ audience }) => audience)).toEqual(expected.entries)
  expect((await publishedOf(node)).length - before).toBe(expected.published)
  expect((await publicPerson(node.app.db, node.time, { handle: who.handle })) !== undefined).toBe(expected.isPublic)
  expect(seen.people).toMatchObject([{ handle: expected.isPublic ? who.handle : null }])
  await withdraw(node.app, who, said)
})

test('each yes can be taken back by itself', async () => {
  const who = await someone()
  await listed(node, who, ['here', 'partners', 'public', 'discovery'])
  await endScope(node.app, who, { purpose: 'here', ...said })
  expect((await visible(node, who.id)).entries.map(({ audience }) => audience)).toEqual([2])
  expect(await listingOf(node.app.db, who.id)).toMatchObject({
    here: false,
    partners: true,
    public: true,
    discovery: true,
  })
  await endScope(node.app, who, { purpose: 'discovery', ...said })
  expect(await listingOf(node.app.db, who.id)).toMatchObject({ partners: true, public: true, discovery: false })
  await withdraw(node.app, who, said)
})

test('every audience reads only what its level may see', async () => {
  const who = await someone({ jobTitle: 'Lead of products', place: 'Northford' })
  await listed(node, who, ['here', 'partners', 'public'])
  const seen = await visible(node, who.id)
  expect(entryOf(seen, 'members')).toMatchObject({
    jobTitle: 'Lead of products',
    place: 'Northford',
    onlyOne: 'organisation',
  })
  const sent = JSON.parse(seen.live.find(({ id }) => id === seen.iri)?.document ?? '')
  expect(sent).toMatchObject({ name: 'Asha Rao', onlyOne: 'organisation' })
  expect(JSON.stringify(sent)).not.toMatch(/Lead of products|Northford/)
  expect(entryOf(seen, 'public')).not.toHaveProperty('onlyOne')
  expect((await publicPerson(node.app.db, node.time, { handle: who.handle }))?.document).toEqual(
    entryOf(seen, 'public'),
  )
  await withdraw(node.app, who, said)
})

test('a yes needs a finished profile, a handle for public, and public for discovery', async () => {
  const who = await someone()
  await expect(allowScope(node.app, who, { purpose: 'discovery', ...said })).rejects.toMatchObject({
    code: 'not-listed',
  })
  await rows(node.app.db, 'update profile set handle = null where account_id = $1', [who.id])
  await expect(allowScope(node.app, who, { purpose: 'public', ...said })).rejects.toMatchObject({
    code: 'handle-needed',
  })
  await rows(node.app.db, `update profile set fields = fields - 'organisation' where account_id = $1`, [who.id])
  for (const purpose of ['here', 'partners', 'public'] as const)
    await expect(allowScope(node.app, who, { purpose, ...said })).rejects.toMatchObject({ code: 'profile-incomplete' })
  expect(await receipts(node.app.db, who.id)).toEqual([])
})

test('a node that does not offer a purpose refuses a yes to it, and not the others', async () => {
  const closed = await aNode({
    settings: { SIDEWAYS_OFFER_PARTNER_SCOPE: 'false', SIDEWAYS_OFFER_PUBLIC_SCOPE: 'false' },
  })
  const who = await aResident(closed)
  for (const purpose of ['partners', 'public', 'discovery'] as const)
    await expect(allowScope(closed.app, who, { purpose, ...said })).rejects.toMatchObject({ code: 'scope-not-offered' })
  await allowScope(closed.app, who, { purpose: 'here', ...said })
  expect(await listingOf(closed.app.db, who.id)).toMatchObject({ here: true })
})

test('every yes and no leaves a receipt with its wording, from which any past date can be rebuilt', async () => {
  const who = await someone()
  const history: [Date, Record<Purpose, boolean>][] = []
  const note = async (): Promise<void> => {
    const listing = await listingOf(node.app.db, who.id)
    history.push([
      node.time,
      {
        here: listing?.here ?? false,
        partners: listing?.partners ?? false,
        public: listing?.public ?? false,
        discovery: listing?.discovery ?? false,
      },
    ])
    node.time = later(node.time, day)
  }
  for (const purpose of ['here', 'public', 'discovery', 'partners'] as const) {
    await listed(node, who, [purpose])
    await note()
  }
  await listed(node, who, ['here'])
  await endScope(node.app, who, { purpose: 'public', language: 'cy', channel: 'page' })
  await note()
  await withdraw(node.app, who, said)
  await note()
  const log = await receipts(node.app.db, who.id)
  expect(log).toHaveLength(8)
  for (const [at, then] of history) expect(scopesAt(log, at)).toEqual(then)
  expect(scopesAt(log, later(start, -1))).toEqual({ here: false, partners: false, public: false, discovery: false })
  expect(log.find(({ purpose, given }) => purpose === 'here' && given)).toMatchObject({
    channel: 'page',
    language: 'en',
    wordingVersion: 'here.v1.en',
    wording: expect.stringContaining('I want people who sign in at'),
  })
  expect(log.find(({ purpose, given }) => purpose === 'public' && !given)?.wording).toContain('Rwyf am i unrhyw un')
})

test('when she stops being found by partner nodes they get a tombstone, and what stays on has new ids', async () => {
  const who = await someone()
  await listed(node, who, ['here', 'partners'])
  await opened(node, who)
  const before = await visible(node, who.id)
  await endScope(node.app, who, { purpose: 'partners', ...said })
  const after = await visible(node, who.id)
  expect(after.live.filter(({ id }) => id === before.iri || id === after.iri)).toEqual([])
  expect(after.tombstones.map(({ id }) => id)).toContain(before.iri)
  expect(after.iri).not.toBe(before.iri)
  expect(after.people.map(({ id }) => id)).not.toContain(before.people[0]?.id)
  expect(entryOf(after, 'members')).toMatchObject({
    id: after.iri,
    peerChat: { attributedTo: expect.stringContaining(after.people[0]?.id ?? '') },
  })
  expect(entryOf(after, 'members').peerChat.id).not.toBe(entryOf(before, 'members').peerChat.id)
  expect((await visible(node, who.id)).entries).toHaveLength(1)
  await listed(node, who, ['partners'])
  expect((await visible(node, who.id)).live.map(({ id }) => id)).toContain(after.iri)
  await withdraw(node.app, who, said)
})

test('when she stops being public her person is gone for good, her handle is never used again, and the rest has new ids', async () => {
  const who = await someone()
  await listed(node, who, ['here', 'partners', 'public'])
  const before = await visible(node, who.id)
  await endScope(node.app, who, { purpose: 'public', ...said })
  const after = await visible(node, who.id)
  const [oldPerson, newPerson] = [
    before.people[0]?.id ?? '',
    after.people.find(({ retiredAt }) => retiredAt === null)?.id,
  ]
  expect(newPerson).not.toBe(oldPerson)
  expect(await retiredPerson(node.app.db, oldPerson)).toEqual({ retiredAt: node.time })
  expect(await publicPerson(node.app.db, node.time, { handle: who.handle })).toBeUndefined()
  expect(after.tombstones.map(({ id }) => id)).toContain(before.iri)
  const live = after.live.find(({ id }) => id === after.iri)
  expect(JSON.parse(live?.document ?? '')).not.toHaveProperty('webfinger')
  expect(live?.document).not.toContain(oldPerson)
  expect(
    await rows(node.app.db, 'select 1 from profile where account_id = $1 and handle is not null', [who.id]),
  ).toEqual([])
  expect(
    await rows(
      node.app.db,
      `select 1 from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'federation.person-gone'`,
    ),
  ).toHaveLength(1)
  // Her last words are the last that has it.
  expect(await node.settle()).toEqual([])
  expect(await rows(node.app.db, 'select 1 from person where handle = $1', [who.handle])).toEqual([])
  await withdraw(node.app, who, said)
})

test('a withdrawal leaves a tombstone with an id and a number, a retired id, and nothing to read', async () => {
  const who = await someone()
  await listed(node, who, ['here', 'partners', 'public', 'discovery'])
  await opened(node, who)
  const before = await visible(node, who.id)
  await withdraw(node.app, who, said)
  expect(await node.settle()).toEqual([])
  const after = await visible(node, who.id)
  expect(after).toMatchObject({ listing: undefined, entries: [] })
  expect(after.people).toEqual([{ id: before.people[0]?.id, handle: null, publicSince: start, retiredAt: start }])
  expect(after.tombstones.find(({ id }) => id === before.iri)).toMatchObject({ document: null })
  expect(await flagOf(node.app.db, who.id)).toMatchObject({ closedBecause: 'withdrawn' })
  await listed(node, who, ['here'])
  expect((await visible(node, who.id)).iri).not.toBe(before.iri)
  await withdraw(node.app, who, said)
})

test('a saved profile shows everywhere after its job, and one that changes nothing moves nothing', async () => {
  const who = await someone()
  await listed(node, who, ['here', 'partners'])
  const before = await visible(node, who.id)
  node.time = later(start, day)
  await saveFields(node.app, who.id, { displayName: 'Asha Rao' })
  expect(await node.settle()).toEqual([])
  expect(await publishedOf(node)).toEqual(
    [...before.tombstones, ...before.live].toSorted((one, other) => one.seq - other.seq),
  )
  await saveFields(node.app, who.id, { displayName: 'Asha R' })
  expect(await node.settle()).toEqual([])
  const after = await visible(node, who.id)
  expect(entryOf(after, 'members')).toMatchObject({ name: 'Asha R', updated: '2026-11-23T09:00:00Z' })
  expect(JSON.parse(after.live.find(({ id }) => id === after.iri)?.document ?? '')).toMatchObject({ name: 'Asha R' })
  await withdraw(node.app, who, said)
})

test('somebody who keeps her name to people here leaves the partner nodes, and comes back under a new id', async () => {
  const who = await someone()
  await listed(node, who, ['here', 'partners'])
  const before = await visible(node, who.id)
  await saveAudience(node.app, who.id, { levels: { displayName: 3 }, onlyOneInPublic: false })
  expect(await node.settle()).toEqual([])
  const without = await visible(node, who.id)
  expect(without.tombstones.map(({ id }) => id)).toContain(before.iri)
  expect(without.live.map(({ id }) => id)).not.toContain(without.iri)
  expect(entryOf(without, 'members')).toMatchObject({ name: 'Asha Rao', id: without.iri })
  await saveAudience(node.app, who.id, { levels: { displayName: 4 }, onlyOneInPublic: false })
  expect(await node.settle()).toEqual([])
  const again = await visible(node, who.id)
  expect(again.live.map(({ id }) => id)).toContain(again.iri)
  expect(again.iri).not.toBe(before.iri)
  await withdraw(node.app, who, said)
})

test('a listing ends after a year without a word, is asked about once, and can be kept', async () => {
  const who = await someone()
  await listed(node, who, ['here', 'partners', 'public'])
  const { mail } = (
    await rows<{ mail: string }>(node.app.db, 'select mail from account where id = $1', [who.id])
  )[0] ?? { mail: '' }
  const mails = () => node.mails.filter(({ to }) => to === mail)
  node.time = later(start, 334 * day)
  await node.runTimetable('listing.review')
  await node.settle()
  expect(mails()).toHaveLength(0)
  node.time = later(start, 336 * day)
  for (let time = 0; time < 2; time += 1) {
    await node.runTimetable('listing.review')
    expect(await node.settle()).toEqual([])
  }
  expect(mails()).toHaveLength(1)
  expect(mails()[0]?.text).toContain('/me/listing/keep')
  await keepListing(node.app, who)
  node.time = later(start, 366 * day)
  await node.runTimetable('listing.review')
  expect(await listingOf(node.app.db, who.id)).toMatchObject({ here: true })
  node.time = later(start, (336 + 365) * day)
  expect(await publicPerson(node.app.db, node.time, { handle: who.handle })).toBeUndefined()
  await node.runTimetable('listing.review')
  expect(await listingOf(node.app.db, who.id)).toBeUndefined()
  expect(
    (await receipts(node.app.db, who.id)).filter(({ given, channel }) => !given && channel === 'job'),
  ).toHaveLength(3)
})

test('a flag needs a listing, and closing it changes nothing else', async () => {
  const who = await someone()
  await expect(
    openToChat(node.app, who, {
      kinds: ['first-chat'],
      boundaries: [],
      capacity: 1,
      hiddenHere: false,
      endsOn: '2026-12-01',
    }),
  ).rejects.toMatchObject({ code: 'flag-needs-listing' })
  await listed(node, who, ['here'])
  await opened(node, who)
  await closeToChat(node.app, who)
  const seen = await visible(node, who.id)
  expect(entryOf(seen, 'members')).not.toHaveProperty('peerChat')
  expect(seen.entries).toHaveLength(1)
  await withdraw(node.app, who, said)
})
