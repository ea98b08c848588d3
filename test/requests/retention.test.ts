import { configure } from '@logtape/logtape'
import { day, hour, later, minute } from '../../src/common/clock.ts'
import { paths } from '../../src/common/paths.ts'
import { backedUp } from '../../src/database/backup-tables.ts'
import { rows } from '../../src/database/database.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import {
  aSignedInPerson,
  correspondence,
  tablesWith,
  waitingRequestOf,
  type SignedInPerson as Person,
} from '../support/outside.ts'
import { signIn } from '../support/sign-in.ts'
import { postedTo } from '../support/stranger.ts'

// How long anything of a message is there, and who cannot see it meanwhile.

let node: TestNode
let server: StrangersServer
const secret = 'Roadmaps at the Lighthouse'

beforeAll(async () => {
  node = await aNode()
  server = await aStrangersServer()
})

afterAll(() => server.close())

const settled = async (on = node): Promise<void> => expect(await on.settle()).toEqual([])
const aPublicPerson = (handle: string, on = node): Promise<Person> => aSignedInPerson(on, server, handle)
const write = (who: Person, author: string, text = secret, on = node): Promise<string> =>
  correspondence(on, server).write(who, author, text)

const requestIdOf = (who: Person, on = node): Promise<string> => waitingRequestOf(on, who)

test('on day 30 nothing of a request is shown, and an hour later no table has a word, an author or an answer of it', async () => {
  const own = await aNode()
  const asha = await aPublicPerson('asha', own)
  const cleo = aRemotePerson(server, 'cleo_kept')
  await write(asha, cleo, secret, own)
  const id = await requestIdOf(asha, own)
  await asha.post(paths.openRequest(id), {})
  own.time = later(own.time, 10 * day)
  await asha.post(paths.request(id), { answer: 'Answered on the tenth day' })
  await settled(own)
  const words = [secret, 'Answered on the tenth day', 'cleo_kept']
  expect(await tablesWith(own, words)).toEqual([
    'public.remote_actor',
    'public.request',
    'public.request_answer',
    'public.request_text',
  ])
  const inBackups = async (looked: readonly string[]) =>
    (await tablesWith(own, looked)).filter((name) => backedUp.includes(name.replace('public.', '')))
  expect(await inBackups([secret, 'Answered on the tenth day'])).toEqual([])
  expect(await inBackups([...words, new URL(server.origin).host])).toEqual(['public.holder'])
  own.time = later(own.time, 20 * day - minute)
  expect((await asha.get(paths.request(id))).text).toContain(secret)
  own.time = later(own.time, minute)
  const page = await asha.get(paths.request(id))
  expect([page.status, page.text.includes(secret), page.text.includes('Answered on the tenth')]).toEqual([
    200,
    false,
    true,
  ])
  await own.runTimetable('requests.tidy-up')
  await own.runTimetable('federation.forget-actors')
  await own.runTimetable('federation.tidy-up')
  expect(await tablesWith(own, [secret])).toEqual([])
  own.time = later(own.time, 10 * day)
  expect((await asha.get(paths.request(id))).status).toBe(404)
  await own.runTimetable('requests.tidy-up')
  await own.runTimetable('federation.tidy-up')
  expect(await tablesWith(own, words)).toEqual([])
  expect(await rows(own.app.db, 'select 1 from request_arrival')).toEqual([])
})

test('no page, document or API shows an administrator a word or a pair; only the person herself sees them', async () => {
  const asha = await aPublicPerson('asha_private')
  const cleo = aRemotePerson(server, 'cleo_private')
  await write(asha, cleo)
  const id = await requestIdOf(asha)
  await asha.post(paths.openRequest(id), {})
  await asha.post(paths.request(id), { answer: 'An answer for her alone' })
  await settled()
  const [reply] = (postedTo(server, 'Create') as { to: string[]; object: { id: string } }[]).filter(
    ({ to }) => to[0] === cleo,
  )
  const administrator = await signIn(node, 'admin@north.example', 'administrator')
  await rows(node.app.db, 'update account set moderates = true where id = $1', [administrator.accountId])
  const args = [asha.accountId, id, asha.handle, '1', 'public', 'stranger']
  const asked = Object.values(paths).flatMap((path) =>
    // Whatever a path is made of, it is texts.
    typeof path === 'string' ? [path] : args.map((arg) => (path as (...parts: string[]) => string)(arg, 'json')),
  )
  const exports = [paths.apiExport('csv'), paths.apiExport('jsonld')]
  const extra = [
    '/health',
    '/metrics',
    ...exports,
    new URL(asha.actor).pathname,
    new URL(String(reply?.object.id)).pathname,
  ]
  const collections = ['outbox', 'followers', 'following', 'featured', 'tags'].map(
    (name) => `${new URL(asha.actor).pathname}/${name}`,
  )
  let answered = 0
  for (const path of new Set([...asked, ...extra, ...collections])) {
    for (const accept of ['text/html', 'application/activity+json', 'application/json']) {
      const { status, text } = await administrator.get(path, { accept })
      if (status === 200) answered += 1
      for (const hidden of [secret, 'An answer for her alone', 'cleo_private'])
        expect([path, text.includes(hidden)]).toEqual([path, false])
    }
  }
  expect(answered).toBeGreaterThan(40)
  expect((await asha.get(paths.request(id))).text).toContain(secret)
}, 180_000)

test('the log has no word, no author and no pair, down to its finest level', async () => {
  const lines: string[] = []
  await configure({
    reset: true,
    sinks: { kept: ({ message }) => void lines.push(message.map(String).join('')) },
    loggers: [{ category: [], lowestLevel: 'trace', sinks: ['kept'] }],
  })
  const asha = await aPublicPerson('asha_logs')
  const cleo = aRemotePerson(server, 'cleo_logs')
  await write(asha, cleo)
  const id = await requestIdOf(asha)
  await asha.post(paths.openRequest(id), {})
  server.status = 503
  await asha.post(paths.request(id), { answer: 'An answer for no log' })
  await settled()
  server.status = 202
  node.time = later(node.time, 2 * minute)
  await settled()
  await asha.post(paths.ignoreRequest(id), {})
  await settled()
  expect(lines.length).toBeGreaterThan(10)
  for (const hidden of [secret, 'An answer for no log', 'cleo_logs', 'asha_logs'])
    expect(lines.filter((line) => line.includes(hidden))).toEqual([])
})

test('a host can leave all words out: only who wrote is kept, and she answers with a ready sentence', async () => {
  const own = await aNode({ settings: { SIDEWAYS_REQUEST_TEXT: 'false' } })
  const asha = await aPublicPerson('asha', own)
  await write(asha, aRemotePerson(server, 'cleo_wordless'), secret, own)
  expect(await tablesWith(own, [secret])).toEqual([])
  const id = await requestIdOf(asha, own)
  const page = await asha.post(paths.openRequest(id), {})
  expect(page.text).toContain('This node keeps no words of messages from outside')
  expect(page.text).not.toContain('<textarea')
  expect((await asha.post(paths.request(id), { answer: 'My own words' })).status).toBe(400)
  expect((await asha.post(paths.request(id), { answer: 'later' })).status).toBe(200)
  await settled(own)
  expect(JSON.stringify(postedTo(server, 'Create').at(-1))).toContain('Please ask me again in a month.')
})

test('the database has no table for conversation beyond texts and answers, and holds their 30 days itself', async () => {
  const columns = await rows<{ at: string }>(
    node.app.db,
    `select table_name || '.' || column_name as at from information_schema.columns
     where table_schema = 'public' and table_name like 'request%' and column_name like '%text' order by 1`,
  )
  expect(columns.map(({ at }) => at)).toEqual([
    'request.context',
    'request_answer.text',
    'request_text.changed_text',
    'request_text.text',
  ])
  for (const table of ['request_text', 'request_answer'])
    await expect(rows(node.app.db, `update ${table} set ends_at = ends_at + interval '1 second'`)).rejects.toThrow(
      /30_days/,
    )
})

test('counts of arrivals are forgotten after a day', async () => {
  node.time = later(node.time, day + hour)
  await node.runTimetable('requests.tidy-up')
  expect(await rows(node.app.db, 'select 1 from request_arrival')).toEqual([])
})
