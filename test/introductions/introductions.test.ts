import { mayAsk } from '../../src/chats/ask-views.ts'
import { chatsOf } from '../../src/chats/views.ts'
import { ask } from '../../src/chats/actions.ts'
import { day, later } from '../../src/common/clock.ts'
import { paths } from '../../src/common/paths.ts'
import { rows } from '../../src/database/database.ts'
import {
  agreeToIntroduction,
  askForIntroduction,
  declineIntroduction,
  receiveRequest,
  withdrawIntroduction,
} from '../../src/introductions/actions.ts'
import { standingAt, type Introduction, type Part } from '../../src/introductions/introduction.ts'
import { introductionsOf, mayWait } from '../../src/introductions/views.ts'
import { closeToChat } from '../../src/listing/actions.ts'
import { listingOf } from '../../src/listing/views.ts'
import { blockActor } from '../../src/safety/actions.ts'
import { carried, postAs, twoPartners, type Two } from '../federation/chats/two.ts'
import { anOpenResident, chatWords, entryOf } from '../support/chats.ts'
import type { TestNode } from '../support/node.ts'
import type { Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// "Ask Sam to introduce us", where each of the three may be on either node. Nobody learns more than was agreed to.

let two: Two

beforeAll(async () => {
  two = await twoPartners()
})

type Person = Resident & { readonly node: TestNode; readonly name: string }
type Three = Readonly<Record<Part, Person>>

let number = 0
const line = 'Why-walrus: we both write plain words for tenants.'

async function three(places: Readonly<Record<Part, TestNode>>): Promise<Three> {
  number += 1
  const made = { asker: 'Asha', introducer: 'Samir', target: 'Bronwen' } as const
  const people: Partial<Record<Part, Person>> = {}
  for (const part of ['asker', 'introducer', 'target'] as const) {
    const [node, name] = [places[part], `${made[part]} ${letters(number)}`]
    people[part] = { ...(await anOpenResident(node, `${part}${number}`, name)), node, name }
  }
  await carried(two.north, two.south)
  await carried(two.north, two.south)
  return people as Three // all three were made
}

const letters = (of: number): string => `Q${String.fromCodePoint(97 + of)}uill`
const settled = () => carried(two.north, two.south)
const actorOf = async ({ node, id }: Person) => `${node.url}/ap/people/${(await listingOf(node.app.db, id))?.personId}`

async function asked({ asker, introducer, target }: Three): Promise<string> {
  const [by, whom] = [await entryOf(asker.node, introducer.name), await entryOf(asker.node, target.name)]
  const { id } = await askForIntroduction(asker.node.app, asker.id, { introducer: by, target: whom, line })
  await settled()
  return id
}

async function recordOf({ node, id }: Person): Promise<Introduction | undefined> {
  const [one] = await introductionsOf(node.app.db, id, node.time)
  return one
}

async function standings(all: Three): Promise<readonly (string | undefined)[]> {
  const found: (string | undefined)[] = []
  for (const person of [all.asker, all.introducer, all.target]) {
    const one = await recordOf(person)
    found.push(one && standingAt(one, person.node.time))
  }
  return found
}

const answer = async (person: Person, yes: boolean): Promise<void> => {
  const id = (await recordOf(person))?.id ?? ''
  await (yes ? agreeToIntroduction : declineIntroduction)(person.node.app, person.id, id)
  await settled()
}

const may = async ({ asker, target }: Three) =>
  mayAsk(asker.node.app, asker.id, await entryOf(asker.node, target.name), asker.node.time)

const places = (): [string, Readonly<Record<Part, TestNode>>][] => {
  const { north, south } = two
  return [
    ['all on one node', { asker: north, introducer: north, target: north }],
    ['who introduces elsewhere', { asker: north, introducer: south, target: north }],
    ['whom to meet elsewhere', { asker: north, introducer: north, target: south }],
    ['both elsewhere', { asker: north, introducer: south, target: south }],
  ]
}

test.each([0, 1, 2, 3])('two yeses let her ask somebody whose chat is closed, once (arrangement %i)', async (index) => {
  const [, where] = places()[index] ?? []
  if (!where) throw new Error('no such arrangement')
  const all = await three(where)
  await closeToChat(all.target.node.app, all.target)
  await settled()
  await settled()
  expect(await may(all)).toEqual({ may: false, because: 'not-open' })
  await asked(all)
  // The third knows nothing before the second has said yes.
  expect(await standings(all)).toEqual(['asked', 'asked', undefined])
  await answer(all.introducer, true)
  expect(await standings(all)).toEqual(['asked', 'passed', 'asked'])
  expect((await recordOf(all.target))?.line).toBe(line)
  expect(await may(all)).toMatchObject({ may: false })
  await answer(all.target, true)
  expect(await standings(all)).toEqual(['agreed', 'agreed', 'agreed'])
  expect(await may(all)).toMatchObject({ may: true, introduced: true })

  const { why, hope, bring } = chatWords
  const entry = await entryOf(all.asker.node, all.target.name)
  const introducedBy = await actorOf(all.introducer)
  const request = { entry, kind: 'first-chat', lines: { why, hope, bring }, times: [], introducedBy }
  await ask(all.asker.node.app, all.asker.id, request)
  await settled()
  const [chat] = await chatsOf(all.target.node.app.db, all.target.id, all.target.node.time)
  expect(chat).toMatchObject({ side: 'asked', state: 'requested', introducedBy })
  // Each of the three was told by mail who, and not a word of it.
  const mails = [...two.north.mails, ...two.south.mails].filter(({ text }) => text.includes(all.asker.name))
  expect(mails.map(({ to }) => to)).toEqual(
    expect.arrayContaining([`introducer${number}@north.example`, `target${number}@north.example`]),
  )
  expect(JSON.stringify([...two.north.mails, ...two.south.mails])).not.toContain('walrus')
})

test.each(['introducer', 'target'] as const)(
  'a no of the %s reads the same to who asked: it did not come about',
  async (who) => {
    const all = await three({ asker: two.north, introducer: two.south, target: two.north })
    const posted = two.south.posted.length
    await asked(all)
    if (who === 'target') await answer(all.introducer, true)
    await answer(all[who], false)
    expect((await standings(all))[0]).toBe('ended')
    const asha = await signIn(all.asker.node, `asker${number}@north.example`)
    const page = await asha.get(paths.introduction((await recordOf(all.asker))?.id ?? ''))
    expect(page.text).toContain('It did not come about this time')
    const told = two.south.posted.slice(posted).filter(({ activity }) => activity['type'] === 'Reject')
    const [{ activity } = { activity: {} }] = told
    expect(Object.keys(activity).toSorted()).toEqual(['@context', 'actor', 'id', 'object', 'to', 'type'])
    // Nobody else is reminded of it, and the same is not asked again.
    const sam = await signIn(all.introducer.node, `introducer${number}@north.example`)
    expect((await sam.get(paths.introductions)).text).not.toContain(all.asker.name)
    await expect(asked(all)).rejects.toThrow('introduction-not-askable')
    expect(await may({ ...all, target: all.target })).toMatchObject({ may: true, introduced: false })
  },
)

test('what is taken back is gone from both others, also once it was passed on', async () => {
  const all = await three({ asker: two.north, introducer: two.south, target: two.north })
  const id = await asked(all)
  await answer(all.introducer, true)
  await withdrawIntroduction(all.asker.node.app, all.asker.id, id)
  await settled()
  expect(await standings(all)).toEqual(['withdrawn', 'withdrawn', 'withdrawn'])
  await expect(answer(all.target, true)).rejects.toThrow('introduction-not-possible')
})

test('nothing reaches somebody who blocked who asks, and who introduces hears of no reason', async () => {
  const all = await three({ asker: two.north, introducer: two.north, target: two.south })
  const actor = await actorOf(all.asker)
  await blockActor(all.target.node.app, { accountId: all.target.id, actor, host: new URL(actor).host, name: 'x' })
  await settled()
  const id = await asked(all)
  await answer(all.introducer, true)
  expect((await standings(all)).slice(1)).toEqual(['passed', undefined])
  for (const node of [two.north, two.south]) node.time = later(node.time, 14 * day)
  const [one] = (await introductionsOf(all.asker.node.app.db, all.asker.id, all.asker.node.time)).filter(
    (found) => found.id === id,
  )
  expect(one && standingAt(one, all.asker.node.time)).toBe('ended')
})

test('an answer counts from the very person who was asked alone, and a request of a stranger does nothing', async () => {
  const all = await three({ asker: two.north, introducer: two.south, target: two.north })
  await asked(all)
  const mallory = {
    ...(await anOpenResident(two.south, `mallory${number}`, 'Mallory Vex')),
    node: two.south,
    name: 'Mallory Vex',
  }
  await settled()
  const offer = (await recordOf(all.asker))?.askOffer
  const actor = await actorOf(mallory)
  const personId = actor.slice(actor.lastIndexOf('/') + 1)
  const to = [await actorOf(all.asker)]
  const forged = {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${actor}/introductions/x#yes`,
    type: 'Accept',
    actor,
    to,
    object: offer,
  }
  await postAs(two.south, personId, to[0] ?? '', forged)
  await settled()
  expect((await standings(all))[0]).toBe('asked')
  // She introduces herself as if somebody else had asked.
  const target = await actorOf(all.target)
  const passed = {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${actor}/introductions/y`,
    type: 'Offer',
    actor,
    to: [target],
    published: two.north.time.toISOString().replace('.000', ''),
    target,
    object: { type: 'Relationship', subject: 'https://nobody.example/users/z', object: target },
  }
  await postAs(two.south, personId, target, passed)
  await settled()
  expect((await standings(all))[2]).toBe('ended') // nobody whom her directory shows
  expect(
    await rows(two.north.app.db, `select 1 from introduction where standing = 'asked' and part = 'target'`),
  ).toEqual([])
})

test('requests that say they are old fill nobody’s list, and one sender is answered twenty times in a day', async () => {
  const all = await three({ asker: two.north, introducer: two.south, target: two.north })
  const { node } = all.introducer
  const reader = await actorOf(all.introducer)
  const [asker, target] = [await actorOf(all.asker), await actorOf(all.target)]
  const request = { word: 'ask', asker, introducer: reader, line, madeAt: later(node.time, -2 * day) } as const
  for (let count = 0; count < 30; count += 1)
    await receiveRequest(node.app, reader.slice(reader.lastIndexOf('/') + 1), {
      ...request,
      offer: `${asker}/introductions/old${count}`,
      target: count === 0 ? target : `${target}${count}`,
    })
  const kept = await rows<{ standing: string }>(node.app.db, 'select standing from introduction where asker = $1', [
    asker,
  ])
  expect(kept).toHaveLength(20)
  expect(kept.filter(({ standing }) => standing === 'asked')).toHaveLength(1)
  // What waits for her is not hidden behind what was refused.
  expect((await introductionsOf(node.app.db, all.introducer.id, node.time))[0]?.standing).toBe('asked')
  const { accountId, ...one } = { accountId: all.introducer.id, part: 'introducer', asker, introducer: reader } as const
  expect(await mayWait(node.app.db, node.time, accountId, { ...one, target: `${target}new` })).toBe(false) // five came today
})

test('everything of it is gone after 30 days', async () => {
  const all = await three({ asker: two.north, introducer: two.south, target: two.north })
  await asked(all)
  for (const node of [two.north, two.south]) node.time = later(node.time, 30 * day)
  expect(await introductionsOf(all.asker.node.app.db, all.asker.id, all.asker.node.time)).toEqual([])
  for (const node of [two.north, two.south]) {
    await node.runTimetable('introductions.tidy-up')
    expect(await rows(node.app.db, 'select 1 from introduction union all select 1 from introduction_message')).toEqual(
      [],
    )
  }
})
