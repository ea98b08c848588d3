import { day, later, minute, rfc3339 } from '../../src/common/clock.ts'
import { paths } from '../../src/common/paths.ts'
import { rows } from '../../src/database/database.ts'
import { withdraw as withdrawChat } from '../../src/chats/actions.ts'
import { flagState } from '../../src/listing/flag.ts'
import { flagOf } from '../../src/listing/views.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { aSlot, anOpenResident, asked, chatIdOf, chatWords } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import type { Resident } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

// What the two people of a chat see and do, page by page: one in London, one in Berlin.

let node: TestNode
let number = 0
const monday = new Date('2026-11-23T09:00:00Z')

type Person = Resident & SignedIn & { readonly name: string }

beforeAll(async () => {
  node = await aNode({ time: monday })
})

afterEach(() => {
  node.time = monday
})

async function aPerson(handle: string, zone = 'Europe/London', country = 'GB'): Promise<Person> {
  const name = `${handle.charAt(0).toUpperCase()}${handle.slice(1)} Marsh`
  const who = await anOpenResident(node, handle, name)
  await saveFields(node.app, who.id, { timeZone: zone, country, organisation: `Body of ${name}` })
  return Object.assign(await signIn(node, `${handle}@north.example`), who, { name })
}

/** Two who do not know each other, and what one asked the other: the ids of their own records. */
async function aRequest(times = [aSlot(node, 3), aSlot(node, 4)]) {
  number += 1
  const asker = await aPerson(`ines${number}`)
  const other = await aPerson(`otto${number}`, 'Europe/Berlin', 'DE')
  await node.settle()
  const askerId = await asked(node, asker, other.name, times)
  return { asker, other, askerId, otherId: await chatIdOf(node, other) }
}

/** A request, and the yes to its first time. */
async function agreedChat() {
  const both = await aRequest()
  const done = await both.other.post(
    `${paths.answerChat(both.otherId)}?time=${encodeURIComponent('2026-11-26T10:00:00Z')}`,
    { meetingPlace: 'https://meet.example/otto, or room 4', accessNeeds: chatWords.access, flag: 'stay' },
  )
  expect(done.text).toContain('You said yes.')
  return both
}

const text = (html: string): string =>
  html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ([.,:])/g, '$1')

test('a request waits on the home page, in the listing and in the list, without a word of what was written', async () => {
  const { asker, other, otherId, askerId } = await aRequest()
  for (const path of [paths.home, paths.myListing])
    expect((await other.get(path)).text).toContain('1 chat waits for you')
  for (const path of [paths.home, paths.myListing]) expect((await asker.get(path)).text).not.toContain('waits for you')
  const list = (await other.get(paths.chats)).text
  expect(text(list)).toContain(`${asker.name} asks you for a chat. You can answer until Monday 7 December.`)
  expect(list).toContain(`href="${paths.chat(otherId)}"`)
  expect(list.indexOf('Waiting for you')).toBeGreaterThan(0)
  const hers = (await asker.get(paths.chats)).text
  expect(hers).toContain('Waiting for the other person')
  expect(hers).toContain(`href="${paths.chat(askerId)}"`)
  for (const page of [list, hers, (await other.get(paths.home)).text])
    for (const word of ['zinnia', 'quokka', 'narwhal']) expect(page).not.toContain(word)
})

test('one chat shows the lines, the times in both clocks and what can be done, to its two people alone', async () => {
  const { asker, other, askerId, otherId } = await aRequest()
  const page = text((await other.get(paths.chat(otherId))).text)
  expect(page).toContain(`Why you ${chatWords.why}`)
  expect(page).toContain('Thursday 26 November, 11:00 to 11:30 by your clock (Berlin)')
  expect(page).toContain('United Kingdom: 10:00 to 10:30')
  expect(page).toContain('Say yes')
  expect(page).toContain('deleted on 23 December 2026')
  const hers = text((await asker.get(paths.chat(askerId))).text)
  expect(hers).toContain('Thursday 26 November, 10:00 to 10:30 by your clock (London)')
  expect(hers).toContain('Germany: 11:00 to 11:30')
  expect(hers).toContain('Take the request back')
  expect(hers).not.toContain('Say yes')
  const every = [paths.chat, paths.answerChat, paths.declineChat, paths.moveChat, paths.chooseTime]
  const more = [paths.offerTimes, paths.chatPlace, paths.callOffChat, paths.withdrawChat]
  for (const path of [...every, ...more]) {
    expect([path(askerId), (await other.get(path(askerId))).status]).toEqual([path(askerId), 404])
    if (path !== paths.chat) expect((await other.post(path(askerId), {})).status).toBe(404)
  }
})

test('a yes takes a time, then a place, needs and whether she is still open', async () => {
  const { asker, other, askerId, otherId } = await aRequest()
  const here = paths.answerChat(otherId)
  const first = (await other.get(here)).text
  expect(first).toContain('value="2026-11-26T10:00:00Z"')
  expect((await other.post(here, {})).text).toContain('Choose a time, or other times')
  expect((await other.post(here, { time: '2026-11-26T11:00:00Z' })).status).toBe(400)
  const rest = await other.post(here, { time: '2026-11-26T10:00:00Z' })
  expect(rest.url).toBe(`${here}?time=${encodeURIComponent('2026-11-26T10:00:00Z')}`)
  expect(rest.text).toContain('Are you still open to a peer chat?')
  const long = await other.post(rest.url, { meetingPlace: 'x'.repeat(201), flag: 'stay' })
  expect(long.text).toContain('The place must be 200 characters or fewer')
  const noDay = await other.post(rest.url, { flag: 'pause' })
  expect(noDay.text).toContain('Enter the day until which you want a pause')
  expect(noDay.text).toMatch(/value="pause" checked/)
  const late = await other.post(rest.url, {
    flag: 'pause',
    'pausedUntil-day': '1',
    'pausedUntil-month': '1',
    'pausedUntil-year': '2027',
  })
  expect(late.text).toContain('Your peer chat ends before that day')
  const said = { meetingPlace: 'https://meet.example/otto, or room 4', accessNeeds: chatWords.access, flag: 'close' }
  const done = await other.post(rest.url, said)
  expect(done.url).toBe(paths.chat(otherId))
  expect(flagState(await flagOf(node.app.db, other.id), node.time)).toBe('closed')
  const page = (await asker.get(paths.chat(askerId))).text
  expect(text(page)).toContain(`You and ${other.name} have a time.`)
  expect(page).toContain('href="https://meet.example/otto"')
  expect(text(page)).toContain(`What ${other.name} needs ${chatWords.access}`)
  expect((await asker.get(paths.chats)).text).toContain('Coming up')
  expect((await other.get(here)).url).toBe(paths.chat(otherId))
  expect((await other.post(rest.url, said)).url).toBe(paths.chat(otherId))
})

test('a time outside of her own working hours, or on a holiday of hers, is marked before she says yes', async () => {
  const early = { from: new Date('2026-11-26T06:00:00Z'), until: new Date('2026-11-26T06:30:00Z') }
  const { other, asker, askerId, otherId } = await aRequest([early, aSlot(node, 3)])
  for (const path of [paths.chat(otherId), paths.answerChat(otherId)])
    expect((await other.get(path)).text.split('Outside your working hours')).toHaveLength(2)
  // Her hours are hers: what the asker sees is marked by the asker's own.
  expect((await asker.get(paths.chat(askerId))).text.split('Outside your working hours')).toHaveLength(2)
})

test('a time at which she has another chat is marked, and not suggested', async () => {
  const { other } = await agreedChat()
  const third = await aPerson(`rhys${number}`)
  await node.settle()
  node.time = later(monday, minute)
  await asked(node, third, other.name, [aSlot(node, 3), aSlot(node, 4)])
  const here = paths.answerChat(await chatIdOf(node, other))
  expect((await other.get(here)).text.split('You have another chat then')).toHaveLength(2)
  const typed = { 'typedDay-day': '26', 'typedDay-month': '11', 'typedDay-year': '2026', typedTime: '11:15' }
  expect((await other.post(`${here}?time=other`, typed)).text).toContain('You have another chat at this time')
})

test('other times go back to whoever asked, who chooses one; a wrong day or time is explained', async () => {
  const { asker, other, askerId, otherId } = await aRequest()
  const picking = await other.post(paths.answerChat(otherId), { time: 'other' })
  const values = [...picking.text.matchAll(/type="checkbox" value="([^"]+)"/g)].map(([, one = '']) => one)
  expect(values.length).toBeGreaterThan(3)
  expect(values).not.toContain('2026-11-26T10:00:00Z') // that one did not suit her
  expect((await other.post(picking.url, {})).text).toContain('Choose a time, or type one')
  expect((await other.post(picking.url, { times: values.slice(0, 4) })).text).toContain('Choose at most 3 times')
  const typed = (date: string, month: string, time: string) =>
    other.post(picking.url, { 'typedDay-day': date, 'typedDay-month': month, 'typedDay-year': '2026', typedTime: time })
  expect((await typed('31', '11', '14:00')).text).toContain('The day you suggest must be a real date')
  expect((await typed('26', '11', 'noon')).text).toContain('Enter a time of day, like 14:30 or 2:30pm')
  expect((await typed('20', '11', '14:00')).text).toContain('The time you suggest must still be to come')
  expect((await typed('20', '12', '14:00')).text).toContain('Suggest an earlier day')
  const kept = await typed('26', '11', 'noon')
  expect(kept.text).toContain('value="noon"')
  const rest = await other.post(picking.url, {
    times: values[0] ?? '',
    'typedDay-day': '27',
    'typedDay-month': '11',
    'typedDay-year': '2026',
    typedTime: '2.15pm',
  })
  expect(text(rest.text)).toContain('Friday 27 November, 14:15 to 14:45 by your clock (Berlin)')
  await other.post(rest.url, { flag: 'stay' })
  expect(text((await other.get(paths.chat(otherId))).text)).toContain(
    `You offered times, and ${asker.name} chooses one.`,
  )

  expect((await asker.get(paths.home)).text).toContain('1 chat waits for you')
  const choosing = await asker.get(paths.chooseTime(askerId))
  expect(choosing.text).toContain('value="2026-11-27T13:15:00Z"')
  expect((await asker.post(paths.chooseTime(askerId), {})).text).toContain('Choose a time')
  const done = await asker.post(paths.chooseTime(askerId), { times: '2026-11-27T13:15:00Z' })
  expect(text(done.text)).toContain('Friday 27 November, 13:15 to 13:45 by your clock (London)')
  expect((await other.get(paths.chats)).text).toContain('Coming up')
})

test('where no time was named, whoever is asked offers some', async () => {
  const { other, otherId } = await aRequest([])
  expect(text((await other.get(paths.chat(otherId))).text)).toContain('names no times and leaves that to you')
  expect(text((await other.get(paths.answerChat(otherId))).text)).toContain('Which times suit you?')
})

test('times that have passed can no longer be chosen, and the chat goes on with others', async () => {
  const { other, otherId } = await aRequest([aSlot(node, 1)])
  node.time = later(monday, 2 * day)
  const page = await other.get(paths.answerChat(otherId))
  expect(page.text).not.toContain('2026-11-24T10:00:00Z')
  expect((await other.get(paths.chat(otherId))).text).toContain('This time has passed')
  expect(page.text).toContain('Which times suit you?')
})

test('"not now" needs no reason and no word, and whoever asked sees other people instead', async () => {
  const { asker, other, askerId, otherId } = await aRequest()
  const ask = await other.get(paths.declineChat(otherId))
  expect(ask.text).not.toContain('<textarea')
  expect(ask.text).toContain('You do not have to give a reason')
  await other.post(paths.declineChat(otherId), {})
  const page = (await asker.get(paths.chat(askerId))).text
  expect(text(page)).toContain('Nobody has to say why, and it says nothing about you.')
  expect(page).toContain('Other people you may want to meet')
  expect(page.match(/class="sw-card"/g)?.length).toBeLessThanOrEqual(3)
  expect((await other.get(paths.chat(otherId))).text).not.toContain('Other people you')
  expect((await other.post(paths.declineChat(otherId), {})).status).toBe(409)
})

test('silence ends a request after ten working days, without blame, with other people for whoever asked', async () => {
  const { asker, askerId, other, otherId } = await aRequest()
  node.time = new Date('2026-12-08T09:00:00Z')
  expect(text((await asker.get(paths.chat(askerId))).text)).toContain('No answer came in time. People are busy')
  expect((await asker.get(paths.chat(askerId))).text).toContain('Other people you')
  expect(text((await other.get(paths.chat(otherId))).text)).toContain('The time to answer is over. That is fine')
  expect((await other.get(paths.answerChat(otherId))).url).toBe(paths.chat(otherId))
})

test('a time that passed while she looked at it is refused at its own field; once no time is left, that is said', async () => {
  const { asker, other, askerId, otherId } = await aRequest()
  const times = [1, 2].map((days) => rfc3339(aSlot(node, days).from))
  await other.post(`${paths.answerChat(otherId)}?${times.map((one) => `times=${one}`).join('&')}`, { flag: 'stay' })
  node.time = aSlot(node, 1).until
  const late = await asker.post(paths.chooseTime(askerId), { times: times[0] ?? '' })
  expect([late.status, late.url]).toEqual([400, paths.chooseTime(askerId)])
  expect(late.text).toContain('href="#times"')
  expect(text(late.text)).toContain('Choose a time that is still to come')
  node.time = later(monday, 24.5 * day)
  const page = await asker.get(paths.chat(askerId))
  expect(text(page.text)).toContain('There is no time left for this chat')
  expect(page.text).not.toContain(paths.offerTimes(askerId))
  expect((await asker.get(paths.offerTimes(askerId))).url).toBe(paths.chat(askerId))
  expect(page.text).toContain(paths.callOffChat(askerId))
})

test('either side moves it, says a place and calls it off in one step', async () => {
  const { asker, other, askerId, otherId } = await agreedChat()
  const moving = await asker.get(paths.moveChat(askerId))
  expect(text(moving.text)).toContain('Agreed now: Thursday 26 November, 10:00 to 10:30')
  const value = /type="radio" value="([^"]+)"/.exec(moving.text)?.[1] ?? ''
  await asker.post(paths.moveChat(askerId), { times: value })
  const [kept] = await rows<{ from: Date }>(node.app.db, 'select plan_from as from from chat where id = $1', [otherId])
  expect(kept?.from.toISOString().slice(0, 19)).toBe(value.slice(0, 19))
  const two = { times: value, 'typedDay-day': '1', 'typedDay-month': '12', 'typedDay-year': '2026', typedTime: '14:00' }
  expect((await asker.post(paths.moveChat(askerId), two)).text).toContain('Choose one time only')

  await asker.post(paths.chatPlace(askerId), { meetingPlace: chatWords.place, accessNeeds: '' })
  expect((await other.get(paths.chat(otherId))).text).toContain(chatWords.place)
  expect((await asker.get(paths.chatPlace(askerId))).text).toContain(`value="${chatWords.place}"`)

  const off = await other.get(paths.callOffChat(otherId))
  expect(off.text).toContain('You do not have to give a reason')
  await other.post(paths.callOffChat(otherId), {})
  const page = (await asker.get(paths.chat(askerId))).text
  expect(text(page)).toContain('This chat was called off. Nobody has to say why.')
  // What was said for it is not shown any more.
  for (const word of [chatWords.place, 'meet.example', chatWords.access]) expect(page).not.toContain(word)
})

test('a request can be taken back, and the time that is over leads to the private question', async () => {
  const { asker, other, askerId, otherId } = await aRequest()
  await asker.post(paths.withdrawChat(askerId), {})
  expect(text((await other.get(paths.chat(otherId))).text)).toContain('was taken back')
  expect((await other.get(paths.home)).text).not.toContain('waits for you')
  const agreed = await agreedChat()
  node.time = new Date('2026-11-26T11:00:00Z')
  expect((await agreed.asker.get(paths.chat(agreed.askerId))).text).toContain(`href="${paths.worth(agreed.askerId)}"`)
  expect((await agreed.asker.get(paths.chats)).text).toContain(`href="${paths.worth(agreed.askerId)}"`)
})

test('the other one can be reported, with the three lines only if she says so, and blocked', async () => {
  const { asker, other, otherId } = await aRequest()
  const page = (await other.get(paths.chat(otherId))).text
  const subject = `?entry=chat-${otherId}`
  for (const path of [paths.report, paths.block]) expect(page).toContain(`href="${path}${subject}"`)
  expect((await asker.get(`${paths.report}${subject}`)).status).toBe(404)
  const reports = () =>
    rows<{ words: string | null }>(
      node.app.db,
      'select (select content from report_attachment where report_id = report.id) as words from report order by made_at desc limit 1',
    )
  await other.post(`${paths.report}${subject}`, { reason: 'Odd.' })
  expect(await reports()).toEqual([{ words: null }])
  await other.post(`${paths.report}${subject}`, { reason: 'Very odd.', attach: 'yes' })
  expect(await reports()).toEqual([{ words: expect.stringContaining(chatWords.hope) }])
  await other.post(`${paths.block}${subject}`, { what: 'person' })
  expect((await other.get(paths.chats)).text).not.toContain(asker.name)
  expect((await other.get(paths.chat(otherId))).status).toBe(404)
})

test('whoever introduced the two is named, as far as the reader’s own directory shows her', async () => {
  const { other, otherId } = await aRequest()
  const sam = await aPerson(`sam${number}`)
  await node.settle()
  const name = (actor: string) =>
    rows(node.app.db, 'update chat set introduced_by = $2 where id = $1', [otherId, actor])
  const [listing] = await rows<{ person: string }>(
    node.app.db,
    'select person_id as person from listing where account_id = $1',
    [sam.id],
  )
  await name(`${node.url}/ap/people/${listing?.person}`)
  expect(text((await other.get(paths.chat(otherId))).text)).toContain(`Introduced by ${sam.name}`)
  await name('https://elsewhere.example/ap/people/somebody')
  expect(text((await other.get(paths.chat(otherId))).text)).toContain('Introduced by Somebody who knows both of you')
})

test('pages are there in Welsh', async () => {
  const { other, otherId } = await aRequest()
  const page = (await other.get(`${paths.chat(otherId)}?lang=cy`)).text
  expect(page).toContain('lang="cy"')
  expect(text(page)).toContain('yn gofyn i chi am sgwrs')
  expect(text(page)).toContain('Rheolwr cynnyrch')
  expect(text(page)).toContain('11:00 tan 11:30 yn ôl eich cloc chi (Berlin)')
})

test('nobody sees a chat a second after its 30 days', async () => {
  const { asker, askerId } = await aRequest()
  await withdrawChat(node.app, asker.id, askerId)
  node.time = later(monday, 30 * day)
  expect((await asker.get(paths.chat(askerId))).status).toBe(404)
  expect((await asker.get(paths.chats)).text).toContain('You have no chat at the moment.')
})
