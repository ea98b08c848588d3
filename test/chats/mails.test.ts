import { rows } from '../../src/database/database.ts'
import { chooseLanguage } from '../../src/accounts/actions.ts'
import { callOff, choose, decline, move, offerTimes, sayPlace, withdraw, accept } from '../../src/chats/actions.ts'
import { day, hour, later } from '../../src/common/clock.ts'
import type { Mail } from '../../src/common/mail.ts'
import { paths } from '../../src/common/paths.ts'
import { blockActor } from '../../src/safety/actions.ts'
import { aReader } from '../support/browser.ts'
import { readByBoth } from '../support/calendar.ts'
import { agreed, anOpenResident, asked, aSlot, chatIdOf, chatWords } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import type { Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

// Two people on one node: what each of them is written to, and what her calendar makes of it.

let node: TestNode
let grace: Resident
let asha: Resident
const start = new Date('2026-11-22T09:00:00Z') // a Sunday

beforeAll(async () => {
  node = await aNode({ settings: { SIDEWAYS_MAIL_FROM: 'Sideways <peers@north.example>' } })
  asha = await anOpenResident(node, 'asha', 'Asha Rao')
  grace = await anOpenResident(node, 'grace', 'Grace Bell')
  await node.settle()
})

beforeEach(async () => {
  node.time = start
  await rows(node.app.db, 'truncate chat, chat_pause, chat_arrival, chat_tally cascade')
  await rows(
    node.app.db,
    `select 1 from graphile_worker.complete_jobs(array(select id from graphile_worker._private_jobs))`,
  )
  node.mails.length = 0
})

/** The mails since the last look, by their reader. */
async function mailsNow(): Promise<Readonly<Record<'asha' | 'grace', readonly Mail[]>>> {
  expect(await node.settle()).toEqual([])
  const mails = node.mails.splice(0)
  for (const mail of mails) expectNoWordOfTheOther(mail)
  const to = (handle: string) => mails.filter((mail) => mail.to === `${handle}@north.example`)
  return { asha: to('asha'), grace: to('grace') }
}

function expectNoWordOfTheOther({ subject, text, html, calendar }: Mail): void {
  for (const word of Object.values(chatWords))
    for (const part of [subject, text, html, calendar?.text]) expect(part ?? '').not.toContain(word.split(':')[0])
}

/** The one mail of a list. */
function only(mails: readonly Mail[]): Mail {
  expect(mails.map(({ subject }) => subject)).toHaveLength(1)
  return mails[0] as Mail // counted in the line before
}

function eventIn(mail: Mail) {
  if (!mail.calendar) throw new Error(`no event in "${mail.subject}"`)
  const event = readByBoth(mail.calendar.text)
  expect(event.method).toBe(mail.calendar.method)
  expect(event.readers).toEqual([`mailto:${mail.to}`])
  expect(event.organizer).toBe('mailto:peers@north.example')
  expect(event.place).toBeUndefined()
  return event
}

/** Both of them have a time, and the mails about that were read. */
async function arranged(slot = aSlot(node)): Promise<{ asker: string; asked: string }> {
  const asker = await asked(node, grace, 'Asha Rao', [slot])
  await agreed(node, asha, slot)
  const mails = await mailsNow()
  expect([mails.asha.length, mails.grace.length]).toEqual([1, 1]) // what was asked is old by then
  return { asker, asked: await chatIdOf(node, asha) }
}

test('whoever is asked reads who asks, in which times, and answers by one press; looking answers nothing', async () => {
  const times = [aSlot(node), aSlot(node, 4)]
  await asked(node, grace, 'Asha Rao', times)
  const mails = await mailsNow()
  expect(mails.grace).toEqual([])
  const mail = only(mails.asha)
  expect(mail.subject).toBe('Grace Bell asks you for a peer chat')
  expect(mail.calendar).toBeUndefined()
  const links = mail.text.match(/http\S+/g) ?? []
  expect(links).toHaveLength(4) // the page, two times, not now
  for (const link of links) {
    expect(mail.html).toContain(`href="${link}"`)
    expect((await aReader(node.url).get(link)).status).toBe(200)
  }
  expect(mail.text).toContain('Wednesday 25 November, 10:00 to 10:30')
  await mailsNow()
  const [chat] = await rows<{ standing: string }>(node.app.db, 'select standing from chat limit 1')
  expect(chat?.standing).toBe('requested')

  const notNow = new URL(links.at(-1) ?? '')
  const answer = await aReader(node.url).post(`${notNow.pathname}${notNow.search}`, {})
  expect(answer.status).toBe(200)
  expect(only((await mailsNow()).grace).subject).toBe('Asha Rao cannot take on a chat now')
})

test('a yes puts one and the same event into both calendars, a move moves it, and calling off takes it out', async () => {
  const slot = aSlot(node)
  const id = await asked(node, grace, 'Asha Rao', [slot])
  await mailsNow()
  await agreed(node, asha, slot)
  const yes = await mailsNow()
  const [hers, theirs] = [eventIn(only(yes.asha)), eventIn(only(yes.grace))]
  expect(hers).toMatchObject({ ...slot, method: 'REQUEST', status: 'CONFIRMED', title: 'Peer chat with Grace Bell' })
  expect(theirs).toMatchObject({ ...slot, uid: hers.uid, sequence: hers.sequence, title: 'Peer chat with Asha Rao' })
  expect(only(yes.grace).text).toContain('Wednesday 25 November, 10:00 to 10:30 by your clock (London)')

  const other = aSlot(node, 5)
  await move(node.app, grace.id, id, other)
  const moved = await mailsNow()
  for (const mail of [only(moved.asha), only(moved.grace)]) {
    expect(eventIn(mail)).toMatchObject({ ...other, method: 'REQUEST', uid: hers.uid })
    expect(eventIn(mail).sequence).toBeGreaterThan(hers.sequence as number)
    expect(mail.text).toContain('Friday 27 November')
  }

  await callOff(node.app, asha.id, await chatIdOf(node, asha))
  const off = await mailsNow()
  for (const mail of [only(off.asha), only(off.grace)]) {
    expect(eventIn(mail)).toMatchObject({ ...other, method: 'CANCEL', status: 'CANCELLED', uid: hers.uid })
    expect(eventIn(mail).sequence).toBeGreaterThan(eventIn(only(moved.asha)).sequence as number)
    expect(mail.text).toContain('Nobody has to say why')
  }
})

test('other times are offered and chosen, and only what is settled reaches a calendar', async () => {
  const id = await asked(node, grace, 'Asha Rao', [])
  const first = only((await mailsNow()).asha)
  expect(first.text.match(/http\S+/g)).toHaveLength(2) // the page, not now
  const times = [aSlot(node, 4), aSlot(node, 5)]
  const yes = { times, place: null, access: null, flag: 'stay' } as const
  await accept(node.app, asha.id, await chatIdOf(node, asha), yes)
  const accepted = await mailsNow()
  expect(accepted.asha).toEqual([])
  expect(only(accepted.grace)).toMatchObject({ subject: 'Asha Rao says yes and offers other times' })
  expect(only(accepted.grace).text).toContain('Friday 27 November')
  expect(only(accepted.grace).calendar).toBeUndefined()

  await offerTimes(node.app, grace.id, id, [aSlot(node, 10)])
  const offered = await mailsNow()
  expect(offered.grace).toEqual([])
  expect(only(offered.asha).calendar).toBeUndefined()
  expect(only(offered.asha).text).toContain('Wednesday 2 December')

  await choose(node.app, asha.id, await chatIdOf(node, asha), aSlot(node, 10))
  const chosen = await mailsNow()
  expect(eventIn(only(chosen.asha)).uid).toBe(eventIn(only(chosen.grace)).uid)
})

test('who blocks the other hears once that her hour is free again, and nothing else', async () => {
  await arranged()
  const [record] = await rows<{ actor: string }>(
    node.app.db,
    'select peer_actor as actor from chat where account_id = $1',
    [asha.id],
  )
  await blockActor(node.app, {
    accountId: asha.id,
    blockedAccountId: grace.id,
    actor: record?.actor ?? '',
    host: new URL(node.url).host,
  })
  const mails = await mailsNow()
  expect(eventIn(only(mails.asha)).method).toBe('CANCEL')
  expect(eventIn(only(mails.grace)).method).toBe('CANCEL')
  expect(only(mails.asha).text).not.toContain('/me/chats/')
  await rows(node.app.db, 'truncate person_block')
})

test('a new place is told to the other one alone, without the place and without a new event', async () => {
  const { asker } = await arranged()
  await sayPlace(node.app, grace.id, asker, { place: chatWords.place, access: chatWords.access })
  const mails = await mailsNow()
  expect(mails.grace).toEqual([])
  expect(only(mails.asha).subject).toBe('Something is new about your chat with Grace Bell')
  expect(only(mails.asha).calendar).toBeUndefined()
})

test('not now, taken back and no answer are said kindly, and say nothing of a calendar', async () => {
  await asked(node, grace, 'Asha Rao')
  await decline(node.app, asha.id, await chatIdOf(node, asha))
  const no = (await mailsNow()).grace
  expect(only(no).text).toContain('it says nothing about you')
  expect(only(no).calendar).toBeUndefined()

  const back = await asked(node, asha, 'Grace Bell')
  await mailsNow()
  await withdraw(node.app, asha.id, back)
  expect(only((await mailsNow()).grace).subject).toBe('The request from Asha Rao was taken back')

  await asked(node, asha, 'Grace Bell')
  await mailsNow()
  node.time = later(start, 16 * day)
  await node.runTimetable('chats.lapse')
  const lapsed = await mailsNow()
  expect(only(lapsed.asha).text).toContain('People are busy')
})

test('what became old before its mail went is not told', async () => {
  const id = await asked(node, grace, 'Asha Rao')
  await withdraw(node.app, grace.id, id)
  const mails = await mailsNow()
  expect(mails.asha.map(({ subject }) => subject)).toEqual(['The request from Grace Bell was taken back'])
})

test('whoever reads Welsh is written to in Welsh, and so is her calendar', async () => {
  await chooseLanguage(node.app, asha, 'cy')
  const slot = aSlot(node)
  await asked(node, grace, 'Asha Rao', [slot])
  const first = only((await mailsNow()).asha)
  expect(first.subject).toBe('Mae Grace Bell yn gofyn i chi am sgwrs')
  expect(first.html).toContain('<html lang="cy">')
  await agreed(node, asha, slot)
  const { asha: hers, grace: theirs } = await mailsNow()
  expect(eventIn(only(hers))).toMatchObject({ title: 'Sgwrs â chymheiriad: Grace Bell', ...slot })
  expect(only(hers).text).toContain('Dydd Mercher')
  expect(eventIn(only(theirs)).title).toBe('Peer chat with Asha Rao')
  await chooseLanguage(node.app, asha, 'en')
})

test('both are reminded the day before, once, and again where the chat was moved', async () => {
  const { asker } = await arranged()
  const remind = async () => {
    await node.runTimetable('chats.queue-reminders')
    return mailsNow()
  }
  expect(await remind()).toEqual({ asha: [], grace: [] })
  node.time = later(aSlot({ time: start }).from, -23 * hour)
  const first = await remind()
  for (const mail of [only(first.asha), only(first.grace)]) {
    expect(mail.subject).toMatch(/^Soon: your chat with /)
    expect(mail.text).toContain('Wednesday 25 November, 10:00 to 10:30')
    expect(mail.calendar).toBeUndefined()
  }
  expect(await remind()).toEqual({ asha: [], grace: [] })

  await move(node.app, grace.id, asker, aSlot({ time: start }, 6))
  await mailsNow()
  expect(await remind()).toEqual({ asha: [], grace: [] })
  node.time = later(aSlot({ time: start }, 6).from, -hour)
  const second = await remind()
  expect([second.asha.length, second.grace.length]).toEqual([1, 1])
})

test('workers that look at once remind each of the two once, and what could not be queued is not noted', async () => {
  await arranged()
  node.time = later(aSlot({ time: start }).from, -hour)
  const looks = [1, 2, 3].map(() => node.runTimetable('chats.queue-reminders'))
  await Promise.all(looks)
  const mails = await mailsNow()
  expect([mails.asha.length, mails.grace.length]).toEqual([1, 1])

  await rows(node.app.db, 'update chat_told set reminded = null')
  const addJobs = 'alter function graphile_worker.add_jobs(graphile_worker.job_spec[], boolean) rename to'
  const away = 'alter function graphile_worker.add_jobs_away(graphile_worker.job_spec[], boolean) rename to'
  await rows(node.app.db, `${addJobs} add_jobs_away`)
  await expect(node.runTimetable('chats.queue-reminders')).rejects.toThrow('add_jobs')
  await rows(node.app.db, `${away} add_jobs`)
  const noted = await rows(node.app.db, 'select 1 from chat_told where reminded is not null')
  expect(noted).toEqual([])
  await node.runTimetable('chats.queue-reminders')
  const again = await mailsNow()
  expect([again.asha.length, again.grace.length]).toEqual([1, 1])
})

test('nobody is reminded of what was called off meanwhile', async () => {
  const { asker } = await arranged()
  node.time = later(aSlot({ time: start }).from, -20 * hour)
  await node.runTimetable('chats.queue-reminders')
  await callOff(node.app, grace.id, asker)
  const off = await mailsNow()
  expect([...off.asha, ...off.grace].map(({ subject }) => subject)).not.toContainEqual(expect.stringContaining('Soon'))
})

test('nobody is reminded of a time that she was told an hour ago', async () => {
  await arranged(aSlot(node, 1))
  node.time = later(start, hour)
  await node.runTimetable('chats.queue-reminders')
  expect(await mailsNow()).toEqual({ asha: [], grace: [] })
})

test('the file on the page has the places, is for its owner alone, and is the event of the mails', async () => {
  const slot = aSlot(node)
  await asked(node, grace, 'Asha Rao', [slot])
  const before = await chatIdOf(node, asha)
  const hers = await signIn(node, 'asha@north.example')
  expect((await hers.get(paths.chatCalendar(before))).status).toBe(404) // no time yet
  await agreed(node, asha, slot)
  const mails = await mailsNow()
  const mailed = eventIn(only(mails.grace))
  const theirs = await signIn(node, 'grace@north.example')
  const id = await chatIdOf(node, grace)
  const file = await theirs.get(paths.chatCalendar(id))
  expect(file.headers.get('content-type')).toBe('text/calendar; charset=utf-8; method=PUBLISH')
  expect(file.headers.get('content-disposition')).toBe('attachment; filename=chat.ics')
  expect(file.headers.get('cache-control')).toBe('no-store')
  const event = readByBoth(file.text)
  expect(event).toMatchObject({ uid: mailed.uid, sequence: mailed.sequence, ...slot, place: chatWords.place })
  expect(file.text).not.toContain('Access-ibis')

  expect((await hers.get(paths.chatCalendar(id))).status).toBe(404)
  expect((await aReader(node.url).get(paths.chatCalendar(id))).text).not.toContain('VCALENDAR')
  const kit = await theirs.get(paths.chatKit(id))
  expect(kit.text).toContain('Back to the chat with Asha Rao')
  expect((await hers.get(paths.chatKit(id))).status).toBe(404)
})
