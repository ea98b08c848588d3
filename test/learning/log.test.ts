import fc from 'fast-check'
import { rows } from '../../src/database/database.ts'
import { addLearned } from '../../src/learning/actions.ts'
import { logMarkdown } from '../../src/learning/log-export.ts'
import { learnedProblems, mostLearned } from '../../src/learning/log.ts'
import { loadWords } from '../../src/common/words.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

// A person's own learning log, without scripts.

let node: TestNode
let asha: SignedIn
let sam: SignedIn

beforeAll(async () => {
  node = await aNode()
  asha = await signIn(node, 'asha@north.example')
  sam = await signIn(node, 'sam@north.example', 'administrator')
})

beforeEach(() => rows(node.app.db, 'delete from learned'))

const typed = {
  'learnedOn-day': '19',
  'learnedOn-month': '11',
  'learnedOn-year': '2026',
  learnedKind: 'first-chat',
  learned: 'Say no with a date.\n\n=SUM(1)',
  minutes: '25',
}

const kept = () =>
  rows<Record<string, unknown>>(
    node.app.db,
    'select id, learned_on::text as on, kind, what, minutes from learned order by what',
  )

async function added(over: Partial<typeof typed> = {}): Promise<string> {
  const answer = await asha.post('/me/learning/new', { ...typed, ...over })
  expect([answer.status, answer.url]).toEqual([200, '/me/learning'])
  const what = over.learned ?? typed.learned
  const [line] = await rows<{ id: string }>(node.app.db, 'select id from learned where what = $1', [what])
  return line?.id ?? ''
}

it('she adds what she learned, changes it, and deletes it', async () => {
  expect((await asha.get('/me/learning')).text).toContain('Your log is empty')
  const id = await added()
  const list = await asha.get('/me/learning')
  for (const part of ['19 November 2026 – First chat, 25 minutes', 'Say no with a date.', '1 entry, 25 minutes'])
    expect(list.text).toContain(part)
  expect((await asha.get(`/me/learning/${id}`)).text).toContain('Say no with a date.')
  await asha.post(`/me/learning/${id}`, { ...typed, learnedKind: 'other', minutes: '', learned: 'Ask twice.' })
  expect(await kept()).toEqual([{ id, on: '2026-11-19', kind: null, what: 'Ask twice.', minutes: null }])
  expect((await asha.get(`/me/learning/${id}/delete`)).text).toContain('Ask twice.')
  expect((await asha.post(`/me/learning/${id}/delete`, {})).text).toContain('It is deleted')
  expect(await kept()).toEqual([])
})

it('every fault is said at once, and nothing is saved', async () => {
  const answer = await asha.post('/me/learning/new', {
    ...typed,
    'learnedOn-month': '13',
    learnedKind: '',
    learned: ' ',
    minutes: 'half',
  })
  expect(answer.status).toBe(400)
  for (const sentence of [
    'The day must be a real date',
    'Choose what it was',
    'Enter what you learned',
    'Enter whole minutes from 1 to 1440',
  ])
    expect(answer.text).toContain(sentence)
  const late = await asha.post('/me/learning/new', { ...typed, 'learnedOn-year': '2027' })
  expect(late.text).toContain('The day must be today or earlier')
  expect(await kept()).toEqual([])
})

it('a page about a chat can begin a line with its day, kind and length, and with nothing else', async () => {
  const page = await asha.get('/me/learning/new?day=2026-11-03&kind=practice-swap&minutes=45&learned=Ben&name=Ben')
  expect(page.text).toMatch(/id="learnedOn"[^>]*value="3"/)
  expect(page.text).toContain('<option value="practice-swap" selected>')
  expect(page.text).toMatch(/id="minutes"[^>]*value="45"/)
  expect(page.text).not.toMatch(/>Ben</)
})

it('a log of several years is read and taken away by year', async () => {
  await added()
  await added({ 'learnedOn-year': '2025', learned: 'Last year.' })
  const newest = await asha.get('/me/learning')
  expect([newest.text.includes('Last year.'), newest.text.includes('Say no')]).toEqual([false, true])
  expect((await asha.get('/me/learning?year=2025')).text).toContain('Last year.')
  expect((await asha.get('/me/learning/download/md?year=2025')).text).not.toContain('Say no')
})

it('it is taken away as a table, as text and as data, in her language', async () => {
  await added()
  const csv = await asha.get('/me/learning/download/csv')
  expect(csv.headers.get('content-disposition')).toBe('attachment; filename="learning-2026-11-22.csv"')
  expect(csv.text).toContain(
    '"Day","Kind","Minutes","What I learned"\r\n"2026-11-19","First chat","25","Say no with a date.',
  )
  const formula = await added({ learned: '=SUM(1)' })
  expect((await asha.get('/me/learning/download/csv')).text).toContain(`,"'=SUM(1)"`)
  await asha.post(`/me/learning/${formula}/delete`, {})
  const text = await asha.get('/me/learning/download/md')
  expect(text.text).toContain('## 19 November 2026 – First chat – 25 minutes\n\nSay no with a date.')
  expect(JSON.parse((await asha.get('/me/learning/download/json')).text)).toEqual({
    exported: '2026-11-22T09:00:00Z',
    learned: [
      {
        day: '2026-11-19',
        kind: 'https://w3id.org/sideways/conversation-kinds#first-chat',
        minutes: 25,
        learned: typed.learned,
      },
    ],
  })
  expect((await asha.get('/me/learning/download/csv?lang=cy')).text).toContain('"Diwrnod","Math","Munudau"')
  await asha.get('/me/learning?lang=en')
  expect((await asha.get('/me/learning/download/pdf')).status).toBe(404)
})

it('nobody else reads it or changes it, administrators neither', async () => {
  const id = await added()
  const before = await kept()
  expect((await sam.get('/me/learning')).text).not.toContain('Say no')
  expect((await sam.get(`/me/learning/${id}`)).status).toBe(404)
  expect((await sam.get('/me/learning/download/json')).text).not.toContain('Say no')
  expect((await sam.post(`/me/learning/${id}`, typed)).status).toBe(404)
  await sam.post(`/me/learning/${id}/delete`, {})
  expect(await kept()).toEqual(before)
  expect((await aReader(node.url).get('/me/learning/download/json')).url).toMatch(/^\/sign-in/)
})

it('a log holds at most 2,000 lines', async () => {
  await rows(
    node.app.db,
    `insert into learned (id, account_id, learned_on, what, added_at)
     select 'l' || n, $1, '2026-11-01', 'One', $2 from generate_series(1, ${mostLearned - 1}) n`,
    [asha.accountId, node.time],
  )
  const line = { day: '2026-11-19', kind: null, what: 'One', minutes: null }
  const all = await Promise.allSettled([1, 2, 3].map(() => addLearned(node.app, asha.accountId, line)))
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

it('it goes with her account', async () => {
  const leaver = await signIn(node, 'leaver@north.example')
  await addLearned(node.app, leaver.accountId, { day: '2026-11-19', kind: null, what: 'Mine', minutes: null })
  expect((await sam.post(`/administration/people/${leaver.accountId}/close`, {})).status).toBe(200)
  expect(await node.settle()).toEqual([])
  expect(await kept()).toEqual([])
})

it('no text of hers becomes a heading, a list or a link in the Markdown file', async () => {
  const t = (await loadWords(true)).in('en')
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('#', '-', '1.', ' ', '\n', 'a', '[', ']', '(', ')', '<', '>', '`', '*') }),
      (what) => {
        const text = logMarkdown([{ id: 'x', day: '2026-11-19', kind: null, what: `a${what}`, minutes: null }], 'en', t)
        expect(text.split('\n').filter((line) => /^\s*(#+\s|[-+*]\s|\d+[.)]\s|>)/.test(line))).toHaveLength(2)
        expect(text).not.toMatch(/(?<!\\)[[<`*]/)
      },
    ),
  )
})

it('a day is one of the calendar, and not after tomorrow', () => {
  const now = node.time
  const of = (day: string) =>
    learnedProblems({ day, kind: null, what: 'x', minutes: null }, now).map(({ rule }) => rule)
  expect(['2026-02-30', '2026-11-23', '2026-11-24', '1200-01-01', 'yesterday'].map(of)).toEqual([
    ['real'],
    [],
    ['future'],
    ['real'],
    ['real'],
  ])
})
