import { rows } from '../../src/database/database.ts'
import type { Counted } from '../../src/learning/question.ts'
import { addToCount } from '../../src/learning/worth-store.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

// What the people who run a node see of its chats: tens, once a month, and never of a handful of people.

let node: TestNode
let sam: SignedIn

beforeAll(async () => {
  node = await aNode()
  sam = await signIn(node, 'sam@north.example', 'administrator')
})

beforeEach(async () => {
  await rows(node.app.db, 'delete from chat_count')
  await rows(node.app.db, 'delete from chat_total')
  node.time = new Date('2026-11-22T09:00:00Z')
})

async function people(count: number): Promise<void> {
  await rows(node.app.db, `update account set state = 'closed' where id like 'p%'`)
  await rows(
    node.app.db,
    `insert into account (id, mail, role, state, language, created_at)
     select 'p' || n, 'p' || n || '@north.example', 'member', 'active', 'en', $1 from generate_series(1, ${count}) n
     on conflict (id) do update set state = 'active'`,
    [node.time],
  )
}

async function counted(what: Counted, count: number): Promise<void> {
  await rows(
    node.app.db,
    'insert into chat_count (what, count) values ($1, $2) on conflict (what) do update set count = excluded.count',
    [what, count],
  )
}

async function shown(): Promise<readonly string[]> {
  const { text } = await sam.get('/administration/totals')
  return [...text.matchAll(/<dd>([^<]*)<\/dd>/g)].map(([, said]) => said ?? '')
}

const few = 'fewer than ten, or not counted yet this month'

it('figures are tens, rounded down, and one below ten is not said', async () => {
  await people(20)
  await counted('agreed', 29)
  await counted('took-place', 11)
  await counted('worth-it', 9)
  expect(await shown()).toEqual([few, few, few])
  await node.runTimetable('learning.renew-totals')
  expect(await shown()).toEqual(['at least 20', 'at least 10', few])
})

it('they change once a month, so that nobody sees which day made the difference, and never go down', async () => {
  await people(20)
  await counted('agreed', 19)
  await node.runTimetable('learning.renew-totals')
  await counted('agreed', 20)
  node.time = new Date('2026-11-30T23:00:00Z')
  await node.runTimetable('learning.renew-totals')
  expect((await shown())[0]).toBe('at least 10')
  node.time = new Date('2026-12-01T03:00:00Z')
  await node.runTimetable('learning.renew-totals')
  expect((await shown())[0]).toBe('at least 20')
  await counted('agreed', 12)
  node.time = new Date('2027-01-01T03:00:00Z')
  await node.runTimetable('learning.renew-totals')
  expect((await shown())[0]).toBe('at least 20')
})

it('where fewer than ten people have an account there are no figures at all', async () => {
  await people(8) // and the administrator
  await counted('agreed', 500)
  await node.runTimetable('learning.renew-totals')
  expect((await sam.get('/administration/totals')).text).not.toMatch(/500|at least/)
  await people(9)
  expect((await shown())[0]).toBe('at least 500')
})

it('a node that was restored, and has lost the exact counts, goes on from what was shown last', async () => {
  await people(20)
  await counted('agreed', 35)
  await node.runTimetable('learning.renew-totals')
  await rows(node.app.db, 'delete from chat_count')
  await node.app.db.transaction((tx) => addToCount(tx, 'agreed', 1))
  const [count] = await rows<{ count: string }>(node.app.db, `select count from chat_count where what = 'agreed'`)
  expect(count?.count).toBe('31')
})

it('only administrators read it, and it leads back', async () => {
  const member = await signIn(node, 'mo@north.example')
  expect((await member.get('/administration/totals')).status).toBe(403)
  expect((await sam.get('/administration')).text).toContain('href="/administration/totals"')
})
