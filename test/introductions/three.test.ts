import { accept, decline } from '../../src/chats/actions.ts'
import { askAll } from '../../src/chats/ask-steps.ts'
import { chatsOf } from '../../src/chats/views.ts'
import { day, dayOf, later, rfc3339 } from '../../src/common/clock.ts'
import { paths } from '../../src/common/paths.ts'
import { rows } from '../../src/database/database.ts'
import { setTimeForBoth } from '../../src/introductions/three-actions.ts'
import { openToChat } from '../../src/listing/actions.ts'
import { listingOf } from '../../src/listing/views.ts'
import { carried, chatAt, twoPartners, type Two } from '../federation/chats/two.ts'
import { aSlot, chatWords, entryOf } from '../support/chats.ts'
import type { TestNode } from '../support/node.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

// A consult of three: two chats with one context, on two nodes.

let two: Two
let number = 0

beforeAll(async () => {
  two = await twoPartners()
})

async function aConsultant(node: TestNode, handle: string, name: string): Promise<Resident> {
  const who = await aResident(node, handle, { displayName: name, timeZone: 'Europe/London' })
  await listed(node, who, ['here', 'partners'])
  const endsOn = dayOf(later(node.time, 60 * day))
  await openToChat(node.app, who, {
    kinds: ['three-way-consult'],
    boundaries: [],
    capacity: 4,
    hiddenHere: false,
    endsOn,
  })
  return who
}

async function three() {
  number += 1
  const names = { asha: `Asha Trio${number}`, ben: `Ben Trio${number}`, cleo: `Cleo Trio${number}` }
  const asha = await aConsultant(two.north, `asha${number}`, names.asha)
  const ben = await aConsultant(two.north, `ben${number}`, names.ben)
  const cleo = await aConsultant(two.south, `cleo${number}`, names.cleo)
  await carried(two.north, two.south)
  return { asha, ben, cleo, names }
}

const slots = [3, 4, 5].map((days) => {
  const { from } = aSlot({ time: new Date('2026-11-22T09:00:00Z') }, days)
  return { from, until: later(from, 45 * 60_000) }
})

async function convened(all: Awaited<ReturnType<typeof three>>) {
  const { why, hope, bring } = chatWords
  const [entry, third] = [await entryOf(two.north, all.names.ben), await entryOf(two.north, all.names.cleo)]
  const asking = { entry, alsoTo: [third], kind: 'three-way-consult', lines: { why, hope, bring }, times: slots }
  const ids = await two.north.app.db.transaction((tx) => askAll(tx, two.north.app, all.asha.id, asking))
  await carried(two.north, two.south)
  return ids
}

const actorOf = async (node: TestNode, { id }: Resident) =>
  `${node.url}/ap/people/${(await listingOf(node.app.db, id))?.personId}`

const suits = async (node: TestNode, who: Resident, times: typeof slots): Promise<void> => {
  const { place, access } = chatWords
  await accept(node.app, who.id, (await chatAt(node, who))?.id ?? '', { times, place, access, flag: 'stay' })
  await carried(two.north, two.south)
}

test('both others know of each other before they answer, say what suits, and who convened sets one time for all', async () => {
  const all = await three()
  const [first = ''] = await convened(all)
  const [bens, cleos] = [await chatAt(two.north, all.ben), await chatAt(two.south, all.cleo)]
  expect(bens?.context).toBe(cleos?.context)
  expect(bens?.invited).toEqual([await actorOf(two.south, all.cleo)])
  expect(cleos?.invited).toEqual([await actorOf(two.north, all.ben)])
  const ben = await signIn(two.north, `ben${number}@north.example`)
  expect((await ben.get(paths.chat(bens?.id ?? ''))).text).toContain(all.names.cleo)
  const choice = await ben.get(paths.answerChat(bens?.id ?? ''))
  expect(choice.text).toContain('Three of you meet.')
  expect(choice.text.match(/type="checkbox"/g)).toHaveLength(3)
  const chosen = await ben.post(paths.answerChat(bens?.id ?? ''), {
    time: slots.slice(0, 2).map(({ from }) => rfc3339(from)),
  })
  expect(chosen.status).toBe(200)
  // No mail arranges it for two alone.
  for (const mail of two.north.mails.filter(({ to }) => to === `ben${number}@north.example`))
    expect(mail.text).not.toContain('time-1')

  await suits(two.north, all.ben, slots.slice(0, 2))
  const asha = await signIn(two.north, `asha${number}@north.example`)
  expect((await asha.get(paths.chatThree(first))).text).toContain('When both have said')
  await suits(two.south, all.cleo, slots.slice(1))
  const page = await asha.get(paths.chatThree(first))
  expect([...page.text.matchAll(/name="times" type="radio" value="([^"]+)"/g)].map(([, value]) => value)).toEqual([
    rfc3339(slots[1]?.from ?? two.north.time),
  ])
  await expect(setTimeForBoth(two.north.app, all.asha.id, first, slots[0]?.from ?? two.north.time)).rejects.toThrow()
  const done = await asha.post(paths.chatThree(first), { times: rfc3339(slots[1]?.from ?? two.north.time) })
  expect(done.text).toContain('All three of you meet at this time')
  await carried(two.north, two.south)
  for (const [node, who] of [
    [two.north, all.ben],
    [two.south, all.cleo],
  ] as const)
    expect(await chatAt(node, who)).toMatchObject({ state: 'arranged', exchange: { plan: { slot: slots[1] } } })
})

test('somebody whom her directory does not show stays without a name, and a no of one leaves the other', async () => {
  const all = await three()
  const [first = ''] = await convened(all)
  await rows(two.south.app.db, `delete from directory_entry where doc::jsonb ->> 'name' = $1`, [all.names.ben])
  const cleo = await signIn(two.south, `cleo${number}@north.example`)
  const page = await cleo.get(paths.chat((await chatAt(two.south, all.cleo))?.id ?? ''))
  expect(page.text).toContain('Somebody whom your directory does not show')
  expect(page.text).not.toContain(all.names.ben)
  await decline(two.north.app, all.ben.id, (await chatAt(two.north, all.ben))?.id ?? '')
  await suits(two.south, all.cleo, slots)
  const asha: SignedIn = await signIn(two.north, `asha${number}@north.example`)
  expect((await asha.get(paths.chatThree(first))).text).toContain('One of the two is not there')
})

test('where one of the two cannot be asked, neither is', async () => {
  const all = await three()
  const entry = await entryOf(two.north, all.names.ben)
  const { why, hope, bring } = chatWords
  const asking = { entry, alsoTo: [entry], kind: 'three-way-consult', lines: { why, hope, bring }, times: slots }
  await expect(two.north.app.db.transaction((tx) => askAll(tx, two.north.app, all.asha.id, asking))).rejects.toThrow(
    'chat-not-askable',
  )
  expect(await chatsOf(two.north.app.db, all.ben.id, two.north.time)).toEqual([])
})

test('the steps of asking lead to the third, and send to both', async () => {
  const all = await three()
  const asha = await signIn(two.north, `asha${number}@north.example`)
  const [key, third] = [await entryOf(two.north, all.names.ben), await entryOf(two.north, all.names.cleo)]
  await asha.post(paths.ask(key), { chatKind: 'three-way-consult' })
  const { why, hope, bring } = chatWords
  await asha.post(paths.askLines(key), { why, hope, bring })
  const choose = await asha.post(paths.askTimes(key), { times: slots.map(({ from }) => rfc3339(from)) })
  expect(choose.text).toContain('Who else should be there?')
  const found = await asha.get(`${paths.askThird(key)}?q=${encodeURIComponent(all.names.cleo)}`)
  expect(found.text).toContain(`${paths.askCheck(key)}?with=${third}`)
  const check = await asha.get(`${paths.askCheck(key)}?with=${third}`)
  expect(check.text).toContain(all.names.cleo)
  const sent = await asha.post(`${paths.askCheck(key)}?with=${third}`, {})
  expect(sent.status).toBe(200)
  await carried(two.north, two.south)
  expect((await chatAt(two.south, all.cleo))?.context).toBe((await chatAt(two.north, all.ben))?.context)
})
