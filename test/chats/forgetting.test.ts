import { book, bookAway, cancelBooking } from '../../src/bookings/booking-actions.ts'
import { comingTo } from '../../src/bookings/views.ts'
import { bookingsAway } from '../../src/bookings/away-views.ts'
import { accept, callOff, decline, withdraw } from '../../src/chats/actions.ts'
import type { Slot } from '../../src/chats/chat.ts'
import { saveDraft } from '../../src/chats/draft-actions.ts'
import { chatById } from '../../src/chats/views.ts'
import { addresses } from '../../src/common/addresses.ts'
import { day, hour, later, minute } from '../../src/common/clock.ts'
import { paths } from '../../src/common/paths.ts'
import { rows } from '../../src/database/database.ts'
import { bookingTools } from '../../src/federation/office-hours-lookup.ts'
import { agreeToIntroduction, askForIntroduction } from '../../src/introductions/actions.ts'
import { introductionsOf } from '../../src/introductions/views.ts'
import { answerWorth, noteWorth } from '../../src/learning/worth-actions.ts'
import { closeToChat } from '../../src/listing/actions.ts'
import { listingOf } from '../../src/listing/views.ts'
import { answer } from '../../src/requests/actions.ts'
import { noteMeeting } from '../../src/requests/meeting-actions.ts'
import { report } from '../../src/safety/actions.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { agreed, anOpenResident, asked, chatIdOf, chatWords, entryOf } from '../support/chats.ts'
import { everyRow, marksIn, pairsIn, type StoredRow } from '../support/everything.ts'
import type { TestNode } from '../support/node.ts'
import { officeHoursOf } from '../support/office-hours.ts'
import { aSignedInPerson, correspondence, waitingRequestOf, type SignedInPerson } from '../support/outside.ts'
import type { Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'
import { carried, twoPartners, type Two } from '../federation/chats/two.ts'

// Whatever became of a request, an introduction, a booking or a message: on day 30 nobody sees anything of it, and once the jobs of the
// clock have run no table of either node has a word, a time, a place, an id or a pair. Every table is read, whatever it is for.

type Person = Resident & { readonly node: TestNode; readonly name: string }

const ways = ['arranged', 'accepted', 'declined', 'withdrawn', 'called-off', 'lapsed', 'refused'] as const
type Way = (typeof ways)[number]

const words = {
  ...chatWords,
  introduction: 'Why-walrus: we both write plain words.',
  draft: 'Begun-pangolin, and never sent.',
  worth: 'Worth-tapir.',
  outside: 'Written-lemur from a lighthouse',
  answer: 'Answered-gecko.',
  meeting: 'Meeting-numbat, room 5',
} as const
const marks = Object.values(words).map((text) => /\w+-\w+/.exec(text)?.[0] ?? text)

let two: Two
let server: StrangersServer
let began: Date
let askers: Record<Way, Person>
let here: Record<Way, Person>
let there: Record<Way, Person>
let delyth: SignedInPerson
let outsider: string
const chats: { readonly id: string; readonly node: TestNode; readonly way: Way }[] = []
/** Everything of these weeks that has an id, and every time. */
let ids: readonly string[]
let people: readonly (readonly string[])[]

const nodes = (): readonly TestNode[] => [two.north, two.south]
const settled = () => carried(two.north, two.south)

// No clock of a test shows these minutes and seconds by itself.
function slotOf(days: number): Slot {
  const from = later(began, days * day + 4 * hour + 13 * minute + 37_000)
  return { from, until: later(from, hour / 2) }
}

async function oneForEachWay(node: TestNode, names: string): Promise<Record<Way, Person>> {
  const made: Partial<Record<Way, Person>> = {}
  for (const way of ways) {
    const name = `${names} ${way.replace('-', ' ')}`
    made[way] = { ...(await anOpenResident(node, `${names}${way.replace('-', '')}`.toLowerCase(), name)), node, name }
  }
  return made as Record<Way, Person> // one for each was made
}

beforeAll(async () => {
  two = await twoPartners()
  server = await aStrangersServer()
  const { north, south } = two
  began = north.time
  askers = await oneForEachWay(north, 'Asha')
  here = await oneForEachWay(north, 'Ben')
  there = await oneForEachWay(south, 'Cleo')
  await settled()
  await settled()
  for (const way of ways) await chatsOfWay(way)
  await introduce()
  await bookSome()
  await saveDraft(north.app, askers.lapsed.id, await entryOf(north, there.declined.name), {
    kind: 'first-chat',
    lines: { why: words.draft, hope: words.draft, bring: words.draft },
    times: [slotOf(6)],
  })
  await messageFromOutside()
  await settled()
  await afterTheChat()
  people = await everybody()
  ids = await everyId()
}, 120_000)

afterAll(() => server.close())

async function chatsOfWay(way: Way): Promise<void> {
  const asker = askers[way]
  if (way === 'refused') return refusedByTheOtherNode(asker)
  const slot = slotOf(3)
  for (const whom of [here[way], there[way]]) {
    const id = await asked(asker.node, asker, whom.name, [slot, slotOf(5)])
    await settled()
    if (way === 'withdrawn') await withdraw(asker.node.app, asker.id, id)
    if (way === 'declined') await decline(whom.node.app, whom.id, await chatIdOf(whom.node, whom))
    if (way === 'arranged' || way === 'called-off') await agreed(whom.node, whom, slot)
    if (way === 'accepted') {
      const { place, access } = words
      const his = await chatIdOf(whom.node, whom)
      await accept(whom.node.app, whom.id, his, { times: [slotOf(4)], place, access, flag: 'stay' })
    }
    await settled()
    if (way === 'called-off') await callOff(asker.node.app, asker.id, id)
    await settled()
    const about = { actor: await actorOf(whom), host: 'south.example', name: whom.name }
    if (way === 'arranged')
      await report(asker.node.app, {
        accountId: asker.id,
        about,
        reason: 'Not her fault.',
        posts: [],
        attached: { words: words.why, cameAt: began },
        forward: false,
      })
    chats.push({ id, node: asker.node, way }, { id: await chatIdOf(whom.node, whom), node: whom.node, way })
  }
}

// Her flag closed a moment ago, and the asker's node has not heard it.
async function refusedByTheOtherNode(asker: Person): Promise<void> {
  await closeToChat(there.refused.node.app, there.refused)
  await asked(asker.node, asker, there.refused.name, [slotOf(3)])
  await settled()
  expect(await rows(two.south.app.db, 'select 1 from chat_refusal')).toHaveLength(1)
}

async function introduce(): Promise<void> {
  const { north } = two
  const line = words.introduction
  // One that came about, and one that waits.
  for (const [asker, target] of [
    [askers.declined, here.lapsed],
    [askers.withdrawn, here.accepted],
  ] as const) {
    const introducer = await entryOf(north, there.arranged.name)
    await askForIntroduction(north.app, asker.id, { introducer, target: await entryOf(north, target.name), line })
    await settled()
  }
  const passed = (await introductionsOf(two.south.app.db, there.arranged.id, began)).at(-1)
  await agreeToIntroduction(two.south.app, there.arranged.id, passed?.id ?? '')
  await settled()
  expect(marksIn(await everyRow(north), ['Why-walrus'])).toEqual(['introduction: Why-walrus'])
}

async function bookSome(): Promise<void> {
  const { north, south } = two
  const untilDay = '2026-12-20'
  const hoursId = await officeHoursOf(north, here.arranged, { capacity: 3, untilDay, place: 'Hours-kakapo' })
  await book(north.app, askers.accepted.id, { hoursId, day: '2026-11-24' })
  const left = await book(north.app, askers.withdrawn.id, { hoursId, day: '2026-12-01' })
  await cancelBooking(north.app, askers.withdrawn.id, left.id)
  const hostActor = await actorOf(here.arranged)
  const time = (await bookingTools.timesElsewhere(south.app, hostActor))?.at(-1)
  if (!time) throw new Error('no time is offered')
  await bookAway(south.app, there.accepted.id, { hostActor, hostName: here.arranged.name, ...time })
  await settled()
}

async function messageFromOutside(): Promise<void> {
  const { north } = two
  delyth = await aSignedInPerson(north, server, 'delyth')
  outsider = aRemotePerson(server, 'outside_otter')
  await correspondence(north, server).write(delyth, outsider, words.outside)
  const id = await waitingRequestOf(north, delyth)
  await delyth.post(paths.openRequest(id), {})
  await answer(north.app, delyth.accountId, id, words.answer)
  const slot = slotOf(2)
  await noteMeeting(north.app, delyth.accountId, id, { ...slot, place: words.meeting })
}

/** The question of the next working day, answered by both, who tell each other. */
async function afterTheChat(): Promise<void> {
  for (const node of nodes()) {
    node.time = later(began, 5 * day)
    await node.runTimetable('learning.after-chats')
  }
  for (const { id, node, way } of chats) {
    const chat = await chatById(node.app.db, id, node.time)
    if (way !== 'arranged' || !chat) continue
    await answerWorth(node.app, chat.accountId, id, 'yes')
    await noteWorth(node.app, chat.accountId, id, { note: words.worth, wishes: true })
  }
  await settled()
}

async function actorOf({ node, id }: Pick<Person, 'node' | 'id'>): Promise<string> {
  return addresses(node.url).person((await listingOf(node.app.db, id))?.personId ?? '')
}

/** Everybody who could be half of a pair, each with all that names her. */
async function everybody(): Promise<readonly (readonly string[])[]> {
  const all = [askers, here, there].flatMap((some) => Object.values(some))
  const named: string[][] = [[outsider], [delyth.accountId, delyth.actor]]
  for (const person of all) {
    const actor = await actorOf(person)
    named.push([person.id, lastPart(actor), person.name])
  }
  return named
}

async function everyId(): Promise<readonly string[]> {
  const found: string[] = []
  for (const node of nodes()) {
    const some = await rows<{ id: string | null }>(
      node.app.db,
      `select id from chat union select offer from chat union select agreement from chat union select context from chat
       union select offer from chat_refusal union select id from introduction union select ask_offer from introduction
       union select pass_offer from introduction union select id from booking union select join_id from booking
       union select id from booking_away union select id from request union select note from request_text`,
    )
    found.push(...some.flatMap(({ id }) => (id === null ? [] : [id.startsWith(outsider) ? id : lastPart(id)])))
  }
  const times = [2, 3, 4, 5, 6].flatMap((days) => [slotOf(days).from, slotOf(days).until])
  return [...new Set(found), ...times.flatMap((at) => [String(at.getTime()), ':13:37', ':43:37'])]
}

const lastPart = (iri: string): string => iri.slice(iri.lastIndexOf('/') + 1)

async function everything(): Promise<readonly StoredRow[]> {
  return [...(await everyRow(two.north)), ...(await everyRow(two.south))]
}

/** Moves both clocks to so long after the beginning. */
function moveTo(days: number, more = 0): void {
  for (const node of nodes()) node.time = later(began, days * day + more)
}

test('while they are kept, all of it is there, and a look at every table finds it', async () => {
  const states = await rows<{ standing: string; count: number }>(
    two.north.app.db,
    'select standing, count(*)::int as count from chat group by 1 order by 1',
  )
  // Three records of each on north: two of the chat between people there, one of the chat with somebody on south.
  expect(Object.fromEntries(states.map(({ standing, count }) => [standing, count]))).toEqual({
    accepted: 3,
    arranged: 3,
    'called-off': 3,
    declined: 4, // one of them was refused
    requested: 3,
    withdrawn: 3,
  })
  const all = await everything()
  const found = marksIn(all, [...marks, ...ids])
  for (const mark of marks) expect(found.some((one) => one.endsWith(`: ${mark}`))).toBe(true)
  for (const table of [
    'chat',
    'worth',
    'introduction',
    'ask_draft',
    'request_text',
    'request_answer',
    'request_meeting',
  ])
    expect(found.some((one) => one.startsWith(`${table}: `))).toBe(true)
  expect(pairsIn(all, people)).toEqual(
    expect.arrayContaining(['booking_away', 'chat', 'chat_refusal', 'introduction', 'request']),
  )
})

test('a second before the end both sides read it; from the second of the end nobody does, though no job has run', async () => {
  moveTo(30, -1000)
  for (const { id, node } of chats) expect(await chatById(node.app.db, id, node.time)).toBeDefined()
  moveTo(30)
  for (const { id, node } of chats) expect(await chatById(node.app.db, id, node.time)).toBeUndefined()
  const db = two.north.app.db
  expect(await introductionsOf(db, askers.declined.id, two.north.time)).toEqual([])
  expect(await introductionsOf(two.south.app.db, there.arranged.id, two.south.time)).toEqual([])
  expect(await comingTo(db, here.arranged.id, two.north.time)).toEqual([])
  expect(await bookingsAway(two.south.app.db, there.accepted.id, two.south.time)).toEqual([])
  const ofEach = [askers.arranged, here.arranged, askers.accepted, there.accepted, there.arranged, askers.declined]
  for (const person of ofEach) {
    const reader = await signIn(person.node, `${person.handle}@north.example`)
    const own = chats.filter(({ node }) => node === person.node).map(({ id }) => id)
    const addressesOf = (id: string) => [paths.chat(id), paths.worth(id), paths.worthNote(id), paths.chatCalendar(id)]
    for (const path of own.flatMap(addressesOf)) expect((await reader.get(path)).status).toBe(404)
    for (const path of [
      paths.home,
      paths.chats,
      paths.introductions,
      paths.bookings,
      paths.requests,
      paths.myListing,
    ]) {
      const { status, text } = await reader.get(path)
      expect([path, status]).toEqual([path, 200])
      expect([path, marks.filter((mark) => text.includes(mark))]).toEqual([path, []])
      const others = [askers, here, there]
        .flatMap((some) => Object.values(some))
        .filter(({ name }) => name !== person.name)
      expect([path, others.filter(({ name }) => text.includes(name))]).toEqual([path, []])
    }
  }
  const outside = await delyth.get(paths.requests)
  expect(outside.text).not.toContain('outside_otter')
})

test('once the clock has done its work, no table of either node has a word, a time, a place, an id or a pair', async () => {
  moveTo(30, 2 * hour)
  for (const node of nodes()) for (const { name } of node.timetable) await node.runTimetable(name)
  await settled()
  const all = await everything()
  expect(all.length).toBeGreaterThan(100)
  expect(marksIn(all, [...marks, ...ids])).toEqual([])
  // What she reported is with the moderators, who know of whom: without the words.
  expect(pairsIn(all, people)).toEqual(['report'])
})

test('what could never be told to the other node is forgotten as well, with the jobs that tried', async () => {
  const { north } = two
  began = north.time
  const asker = { ...(await anOpenResident(north, 'ffion', 'Ffion')), node: north, name: 'Ffion' }
  const whom = { ...(await anOpenResident(two.south, 'gwen', 'Gwen')), node: two.south, name: 'Gwen' }
  await settled()
  await settled()
  north.isCut = true
  const id = await asked(north, asker, 'Gwen', [slotOf(3)])
  const [sent] = await rows<{ offer: string; context: string }>(north.app.db, 'select offer, context from chat')
  const hers = [id, ...Object.values(sent ?? {}).map(lastPart)]
  for (const days of [0, 1, 4, 7]) {
    moveTo(days)
    await north.settle()
  }
  expect(marksIn(await everyRow(north), [...marks, id])).toContain('chat: Wherefore-zinnia')
  expect(await rows(north.app.db, 'select 1 from chat_message')).toHaveLength(1)
  moveTo(30, hour)
  for (const name of ['chats.lapse', 'chats.tidy-up', 'federation.tidy-up', 'jobs.forget-dead'])
    await north.runTimetable(name)
  await north.settle()
  north.isCut = false
  const all = await everything()
  expect(marksIn(all, [...marks, ...hers, ':13:37'])).toEqual([])
  const named = await Promise.all([asker, whom].map(async (one) => [one.id, await actorOf(one), one.name]))
  expect(pairsIn(all, named)).toEqual([])
})
