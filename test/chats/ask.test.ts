import { day, hour, later } from '../../src/common/clock.ts'
import { paths } from '../../src/common/paths.ts'
import { rows } from '../../src/database/database.ts'
import { closeToChat } from '../../src/listing/actions.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { aReader, type Reader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

let node: TestNode
let asha: Resident
let ben: Resident
let reader: Reader
let key: string

const three = { why: 'You do my job in Berlin.', hope: 'One idea for quarterly planning.', bring: 'Our week notes.' }
const sunday = new Date('2026-11-22T09:00:00Z')
const kind = { chatKind: 'first-chat', boundariesRead: 'yes' }

beforeAll(async () => {
  node = await aNode({ time: sunday })
  asha = await aResident(node, 'asha', { timeZone: 'Europe/London' })
  ben = await aResident(node, 'ben', { displayName: 'Ben Vogel', country: 'DE', organisation: 'Velden' })
  await listed(node, ben, ['here'])
  await opened(node, ben)
  reader = await signIn(node, 'asha@north.example')
  key = await keyOf(reader, 'Vogel')
})

async function keyOf(who: Reader, name: string): Promise<string> {
  const { text } = await who.get(`${paths.directory}?text=${name}`)
  return /href="\/directory\/([\w-]+)"><bdi>/.exec(text)?.[1] ?? ''
}

const drafts = (): Promise<{ kind: string; why: string; times: readonly unknown[] | null }[]> =>
  rows(node.app.db, 'select kind, why, times from ask_draft')
const values = (text: string): string[] =>
  [...text.matchAll(/type="checkbox" value="([^"]+)"/g)].map(([, one = '']) => one)

test('somebody who is not signed in is sent to sign in first, and comes back', async () => {
  expect((await aReader(node.url).get(paths.ask(key))).url).toContain(encodeURIComponent(paths.ask(key)))
})

test('whoever is not listed reads why she cannot ask yet, and where to change that', async () => {
  const { text } = await reader.get(paths.ask(key))
  expect(text).toContain('You cannot ask Ben Vogel now')
  expect(text).toContain('You are not listed yet')
  expect(text).toContain(`href="${paths.myListing}"`)
  expect((await reader.post(paths.ask(key), kind)).text).toContain('You are not listed yet')
  expect(await drafts()).toEqual([])
  await listed(node, asha, ['here'])
})

test('the person’s page leads to asking, and nobody asks herself or somebody who is not there', async () => {
  expect((await reader.get(paths.entry(key))).text).toContain(`href="${paths.ask(key)}"`)
  const own = await keyOf(reader, 'Asha')
  expect((await reader.get(paths.entry(own))).text).not.toContain(paths.ask(own))
  expect((await reader.get(paths.ask(own))).text).toContain('This is you')
  expect((await reader.get(paths.ask('0000000000000'))).status).toBe(404)
})

test('the kind comes first, with the boundaries, which must be agreed to', async () => {
  const { text } = await reader.get(paths.ask(key))
  expect(text).toContain('First chat (30 minutes)')
  expect(text).toContain('No selling')
  expect(text).not.toContain('Compare notes')
  const wrong = await reader.post(paths.ask(key), { chatKind: 'compare-notes' })
  expect(wrong.status).toBe(400)
  expect(wrong.text).toContain('Choose the kind of chat')
  expect(wrong.text).toContain('tick the box if you agree')
  expect(await drafts()).toEqual([])
  const next = await reader.post(paths.ask(key), kind)
  expect(next.url).toBe(paths.askLines(key))
})

test('no step can be left out', async () => {
  expect((await reader.get(paths.askCheck(key))).url).toBe(paths.askLines(key))
})

test('three lines: short, plain, without links; what was typed stays', async () => {
  const wrong = await reader.post(paths.askLines(key), {
    why: 'x'.repeat(301),
    hope: 'See https://a.example',
    bring: '',
  })
  expect(wrong.status).toBe(400)
  expect(wrong.text).toContain('Why this person: use 300 characters or fewer')
  expect(wrong.text).toContain('What you hope for: leave out links')
  expect(wrong.text).toContain('Say what you bring')
  expect(wrong.text).toContain('See https://a.example')
  const next = await reader.post(paths.askLines(key), { ...three, why: `${three.why}\u202E\n` })
  expect(next.url).toBe(paths.askTimes(key))
  expect((await drafts())[0]?.why).toBe(three.why)
  expect((await reader.get(paths.askCheck(key))).url).toBe(paths.askTimes(key))
})

test('times that fit both are offered in both clocks; others are refused, each with its reason', async () => {
  const { text } = await reader.get(paths.askTimes(key))
  expect(values(text)).toHaveLength(12)
  expect(text).toContain('Germany: ')
  const typed = (dayOfMonth: string, typedTime: string) =>
    reader.post(paths.askTimes(key), {
      times: '',
      'typedDay-day': dayOfMonth,
      'typedDay-month': '11',
      'typedDay-year': '2026',
      typedTime,
    })
  expect((await typed('24', '8:00')).text).toContain('This time is outside your working hours')
  expect((await typed('24', '16:15')).text).toContain('outside usual office hours at the other’s place')
  expect((await typed('21', '10:00')).text).toContain('must still be to come')
  expect((await typed('', '10:00')).status).toBe(400)
  expect((await reader.post(paths.askTimes(key), { times: values(text).slice(0, 4) })).text).toContain(
    'Choose at most 3 times',
  )
  expect((await reader.post(paths.askTimes(key), { times: ['2026-11-29T10:00:00Z'] })).status).toBe(400)
  expect((await drafts())[0]?.times).toBeNull()
})

test('a typed time can be added to chosen ones, and all is shown before it is sent', async () => {
  const [first = ''] = values((await reader.get(paths.askTimes(key))).text)
  const more = await reader.post(paths.askTimes(key), {
    times: ['', first],
    'typedDay-day': '25',
    'typedDay-month': '11',
    'typedDay-year': '2026',
    typedTime: '2:20pm',
    more: 'yes',
  })
  expect(more.url).toBe(paths.askTimes(key))
  expect(more.text).toMatch(/value="2026-11-25T14:20:00Z" checked/)
  const check = await reader.post(paths.askTimes(key), { times: ['', first, '2026-11-25T14:20:00Z'] })
  expect(check.url).toBe(paths.askCheck(key))
  for (const words of [...Object.values(three), 'Ben Vogel', 'No selling', '14:20 to 14:50', 'Germany: 15:20 to 15:50'])
    expect(check.text).toContain(words)
})

test('what was begun is still there after the session, in either language, and seven days long', async () => {
  const again = await signIn(node, 'asha@north.example')
  expect((await again.get(`${paths.askCheck(key)}?lang=cy`)).text).toContain(three.hope)
  expect((await again.get(paths.askLines(key))).text).toContain('Dywedwch hynny mewn tair llinell')
  node.time = later(sunday, 6 * day)
  await node.runTimetable('chats.tidy-drafts')
  expect(await drafts()).toHaveLength(1)
  node.time = later(sunday, 7 * day + hour)
  expect((await again.get(paths.askCheck(key))).url).toBe(paths.ask(key))
  await node.runTimetable('chats.tidy-drafts')
  expect(await drafts()).toEqual([])
  await again.get(`${paths.home}?lang=en`)
  node.time = sunday
})

async function begun(times: readonly string[] = []): Promise<void> {
  await reader.post(paths.ask(key), kind)
  await reader.post(paths.askLines(key), three)
  await reader.post(paths.askTimes(key), { times: ['', ...times] })
}

test('a time that is over when she comes back is not sent: she chooses again', async () => {
  const [first = ''] =
    (await reader.post(paths.ask(key), kind),
    await reader.post(paths.askLines(key), three),
    values((await reader.get(paths.askTimes(key))).text))
  await begun([first])
  node.time = later(sunday, 3 * day)
  const sent = await reader.post(paths.askCheck(key), {})
  expect(sent.url).toBe(paths.askTimes(key))
  expect(sent.text).toContain('A time that you chose is over')
  expect(await rows(node.app.db, 'select id from chat')).toEqual([])
  node.time = sunday
})

test('she can delete what she began', async () => {
  const { text, url } = await reader.post(paths.dropAsk(key), {})
  expect(url).toBe(paths.entry(key))
  expect(text).toContain('Nothing was sent')
  expect(await drafts()).toEqual([])
})

test('no overlap is said before she begins, and she may go on without a time', async () => {
  await saveFields(node.app, ben.id, { country: 'NZ' })
  expect(await node.settle()).toEqual([])
  expect((await reader.get(paths.ask(key))).text).toContain('hardly meet')
  await begun()
  expect((await reader.get(paths.askTimes(key))).text).toContain('There is no time in the next weeks')
  expect((await reader.get(paths.askCheck(key))).text).toContain('None. Ben Vogel can offer some.')
  await saveFields(node.app, ben.id, { country: 'DE' })
  expect(await node.settle()).toEqual([])
})

test('where her clock is not known she is told how to say it, and may go on without a time', async () => {
  await saveFields(node.app, asha.id, { timeZone: undefined, country: 'US' })
  const { text } = await reader.get(paths.askTimes(key))
  expect(text).toContain('We do not know your time zone')
  expect(text).toContain(`href="${paths.profile('hours')}"`)
  await saveFields(node.app, asha.id, { timeZone: 'Europe/London', country: 'GB' })
})

test('whoever closes her flag meanwhile is not asked, and nothing is lost', async () => {
  await begun()
  await closeToChat(node.app, ben)
  expect(await node.settle()).toEqual([])
  const { text, url } = await reader.post(paths.askCheck(key), {})
  expect(url).toBe(paths.ask(key))
  expect(text).toContain('is not open to a chat at the moment')
  expect(await drafts()).toHaveLength(1)
  await opened(node, ben)
  expect(await node.settle()).toEqual([])
})

test('a request is sent once, its draft is gone, and the page says what happens now', async () => {
  const { text, url } = await reader.post(paths.askCheck(key), {})
  expect(url).toMatch(/^\/me\/chats\/[\w-]+\/sent$/)
  expect(text).toContain('Your request is on its way')
  expect(text).toContain('Friday 4 December') // ten working days: the first is Monday 23 November
  expect(await drafts()).toEqual([])
  expect(await rows(node.app.db, 'select side, why, hope, bring from chat order by side')).toEqual([
    { side: 'asked', ...three },
    { side: 'asker', ...three },
  ])
  const again = await reader.post(paths.askCheck(key), {})
  expect(again.url).toBe(paths.ask(key))
  expect(again.text).toContain('You have asked Ben Vogel already')
  expect(again.text).toContain('Go to your chat with Ben Vogel')
})

test('nobody else sees what became of a request', async () => {
  const { url } = await reader.get(paths.ask(key))
  expect(url).toBe(paths.ask(key))
  const [own] = await rows<{ id: string }>(node.app.db, `select id from chat where side = 'asker'`)
  const benReads = await signIn(node, 'ben@north.example')
  expect((await benReads.get(paths.askSent(own?.id ?? ''))).status).toBe(404)
  expect((await benReads.get(paths.ask(await keyOf(benReads, 'Asha')))).text).toContain('has asked you already')
})
