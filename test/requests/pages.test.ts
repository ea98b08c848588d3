import { endScope, withdraw } from '../../src/listing/actions.ts'
import { later, day, hour, minute } from '../../src/common/clock.ts'
import { paths } from '../../src/common/paths.ts'
import { backedUp } from '../../src/database/backup-tables.ts'
import { rows } from '../../src/database/database.ts'
import { listingOf } from '../../src/listing/views.ts'
import { requestsOf } from '../../src/requests/views.ts'
import { directMessage, noteId } from '../federation/shapes/messages.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { postedTo, sendTo } from '../support/stranger.ts'

let node: TestNode
let server: StrangersServer
let number = 0
const secret = 'Roadmaps at the Lighthouse'

beforeAll(async () => {
  node = await aNode()
  server = await aStrangersServer()
})

afterAll(() => server.close())

async function settled(on = node): Promise<void> {
  expect(await on.settle()).toEqual([])
}

type Person = SignedIn & { readonly handle: string; readonly actor: string }

async function aPublicPerson(handle: string, on = node): Promise<Person> {
  const who = await aResident(on, handle, { displayName: handle })
  await listed(on, who, ['public'])
  await settled(on)
  const actor = `${on.url}/ap/people/${(await listingOf(on.app.db, who.id))?.personId}`
  return Object.assign(await signIn(on, `${handle}@north.example`), { handle, actor })
}

async function write(who: Person, author: string, text = secret, on = node): Promise<string> {
  number += 1
  const mention = { actor: who.actor, handle: `@${who.handle}@${new URL(on.url).host}` }
  expect(await sendTo(on, server, directMessage('mastodon', { author, to: [mention], text, number }))).toBe(202)
  await settled(on)
  return noteId('mastodon', author, number)
}

async function requestIdOf(who: Person, on = node): Promise<string> {
  const [request] = await requestsOf(on.app.db, who.accountId, on.time)
  if (!request) throw new Error('nothing waits')
  return request.id
}

const mailsTo = (who: Person) => node.mails.filter(({ to }) => to === who.mail)

test('the text is hidden until she opens it, and then she can answer, once without a link', async () => {
  const asha = await aPublicPerson('asha')
  const cleo = aRemotePerson(server, 'cleo')
  Object.assign(server.documents.get('/users/cleo') as object, { name: '<b>Cleo</b> of the Lighthouse Keepers' })
  await write(asha, cleo, `${secret} <a href="https://evil.example/x">here</a>`)
  expect((await asha.get(paths.home)).text).toContain('1 request waits')
  expect((await asha.get(paths.myListing)).text).toContain('<strong>1 request waits</strong>')
  const list = await asha.get(paths.requests)
  expect(list.text).toContain(`@cleo@${new URL(server.origin).host}`)
  expect(list.text).toContain('From outside, not checked by any member organisation')
  const id = await requestIdOf(asha)
  const closed = await asha.get(paths.request(id))
  for (const page of [list.text, closed.text, (await asha.get(paths.home)).text])
    for (const hidden of [secret, 'Lighthouse', 'evil.example']) expect(page).not.toContain(hidden)
  expect(closed.text).not.toContain('<textarea')
  expect((await asha.post(paths.request(id), { answer: 'Yes' })).status).toBe(409)

  const seen = await asha.post(paths.openRequest(id), {})
  expect(seen.text).toContain(`${secret} here (https://evil.example/x)`)
  expect(seen.text).toContain('Cleo of the Lighthouse Keepers')
  expect(seen.text).not.toContain('href="https://evil.example')
  expect(seen.text).toContain('could read what the two of you write')
  expect(seen.text).toContain(`${paths.request(id)}?start=channel#write`)
  expect((await asha.get(`${paths.request(id)}?start=channel`)).text).toContain('You can reach me at: </textarea>')
  expect((await asha.get(paths.home)).text).not.toContain('1 request waits')

  const empty = await asha.post(paths.request(id), { answer: '' })
  expect([empty.status, empty.text.includes('Write an answer')]).toEqual([400, true])
  const linked = await asha.post(paths.request(id), { answer: 'Look at https://meet.example/1' })
  expect([linked.status, linked.text.includes('Leave the link out of your first answer')]).toEqual([400, true])
  expect(linked.text).toContain('Look at https://meet.example/1</textarea>')
  const sent = await asha.post(paths.request(id), { answer: 'Write to asha@north.example, please.' })
  expect(sent.text).toContain('Your answer is on its way.')
  await settled()
  expect((await asha.get(paths.request(id))).text).toContain('It was handed to their server.')
  await asha.post(paths.request(id), { answer: 'Or https://meet.example/1?a=b&c now.' })
  await settled()
  const [, second] = postedTo(server, 'Create') as { object: { content: string } }[]
  expect(second?.object.content).toContain(
    'Or <a href="https://meet.example/1?a=b&amp;c" rel="nofollow noopener noreferrer">https://meet.example/1?a=b&amp;c</a> now.</p>',
  )
  // Opening was told to nobody: her two answers are all that their server was ever sent.
  expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(2)

  const answers = [...(await asha.get(paths.request(id))).text.matchAll(/name="answer" value="([^"]+)"/g)]
  const back = await asha.post(paths.takeBackAnswer(id), { answer: answers[0]?.[1] ?? '' })
  expect(back.text).toContain('You took this answer back.')
  expect(back.text).not.toContain('asha@north.example, please')
})

test('nobody else can look at her request, open, ignore or answer it', async () => {
  const asha = await aPublicPerson('asha_own')
  const ben = await aPublicPerson('ben_own')
  await write(asha, aRemotePerson(server, 'cleo_own'))
  const id = await requestIdOf(asha)
  for (const path of [paths.request(id), paths.blockRequest(id), paths.reportRequest(id)])
    expect((await ben.get(path)).status).toBe(404)
  for (const path of [paths.openRequest(id), paths.ignoreRequest(id), paths.request(id), paths.blockRequest(id)])
    expect((await ben.post(path, { answer: 'x', whom: 'actor' })).status).toBe(404)
  expect((await asha.get(paths.request(id))).text).toContain('Open the message')
})

test('ignoring is silent, and the same person cannot ask again for 14 days', async () => {
  const asha = await aPublicPerson('asha_ignores')
  const cleo = aRemotePerson(server, 'cleo_ignored')
  await write(asha, cleo)
  const posted = server.requests.filter(({ method }) => method === 'POST').length
  await asha.post(paths.ignoreRequest(await requestIdOf(asha)), {})
  expect((await asha.get(paths.requests)).text).not.toContain('cleo_ignored')
  await settled()
  expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(posted)
  node.time = later(node.time, 13 * day)
  await write(asha, cleo)
  expect((await asha.get(paths.requests)).text).not.toContain('cleo_ignored')
  node.time = later(node.time, day + minute)
  await write(asha, cleo)
  expect((await asha.get(paths.requests)).text).toContain('cleo_ignored')
})

test('a blocked author is gone with all that waits, and what comes later', async () => {
  const asha = await aPublicPerson('asha_blocks')
  const cleo = aRemotePerson(server, 'cleo_blocked')
  await write(asha, cleo)
  const done = await asha.post(paths.blockRequest(await requestIdOf(asha)), { whom: 'actor' })
  expect(done.text).toContain('You have blocked')
  await write(asha, cleo, 'once more')
  expect(await rows(node.app.db, 'select 1 from request where actor = $1', [cleo])).toEqual([])
})

test('a report takes a reason, and shows moderators her messages only if she says so', async () => {
  const asha = await aPublicPerson('asha_reports')
  const cleo = aRemotePerson(server, 'cleo_reported')
  const note = await write(asha, cleo)
  const id = await requestIdOf(asha)
  expect((await asha.get(paths.reportRequest(id))).text).not.toContain('name="attach"')
  expect((await asha.post(paths.reportRequest(id), { reason: '' })).status).toBe(400)
  await asha.post(paths.reportRequest(id), { reason: 'Rude.', attach: 'yes' })
  const reports = () =>
    rows<{ attached: string | null; posts: string[]; forward: boolean }>(
      node.app.db,
      'select attached, posts, forward from report where about = $1',
      [cleo],
    )
  expect(await reports()).toEqual([{ attached: null, posts: [note], forward: false }])
  await asha.post(paths.openRequest(id), {})
  await asha.post(paths.reportRequest(id), { reason: 'Very rude.', attach: 'yes', forward: 'yes' })
  await settled()
  expect(await reports()).toMatchObject([{ attached: expect.stringContaining(secret), forward: true }])
})

test('one mail says that a request waits, and nothing of it; none is sent if she does not want any', async () => {
  const asha = await aPublicPerson('asha_mails')
  await write(asha, aRemotePerson(server, 'cleo_mails'))
  await write(asha, aRemotePerson(server, 'dora_mails'))
  const [mail, ...more] = mailsTo(asha)
  expect(more).toEqual([])
  for (const hidden of [secret, 'cleo', 'dora', new URL(server.origin).host]) {
    expect(mail?.text).not.toContain(hidden)
    expect(mail?.subject).not.toContain(hidden)
  }
  expect(mail?.text).toContain(`${node.url}${paths.requests}`)
  for (const { id } of await requestsOf(node.app.db, asha.accountId, node.time))
    await asha.post(paths.openRequest(id), {})
  node.time = later(node.time, day + minute)
  await write(asha, aRemotePerson(server, 'eva_mails'))
  expect(mailsTo(asha)).toHaveLength(2)
  for (const { id } of await requestsOf(node.app.db, asha.accountId, node.time))
    await asha.post(paths.openRequest(id), {})
  const chosen = await asha.post(paths.requestChoices, { takes: 'yes' })
  expect(chosen.text).toContain('People from outside may write to you.')
  node.time = later(node.time, day + minute)
  await write(asha, aRemotePerson(server, 'fay_mails'))
  expect(mailsTo(asha)).toHaveLength(2)
})

test('one switch turns messages from outside off', async () => {
  const asha = await aPublicPerson('asha_off')
  await asha.post(paths.requestChoices, { mails: 'yes' })
  await write(asha, aRemotePerson(server, 'cleo_off'))
  const list = await asha.get(paths.requests)
  expect(list.text).toContain('You take no messages from outside.')
  expect(list.text).not.toContain('cleo_off')
  const member = await signIn(node, 'member@north.example')
  expect((await member.get(paths.requests)).text).toContain('You are not, so nothing can come.')
})

test.each(['public scope', 'everything', 'her account'] as const)(
  'when she leaves %s, her requests go',
  async (what) => {
    const handle = `asha_leaves_${what.length}`
    const asha = await aPublicPerson(handle)
    await write(asha, aRemotePerson(server, `cleo_leaves_${what.length}`))
    const id = await requestIdOf(asha)
    await asha.post(paths.openRequest(id), {})
    await asha.post(paths.request(id), { answer: 'Yes' })
    const said = { language: 'en', channel: 'page' } as const
    const who = { id: asha.accountId }
    if (what === 'public scope') await endScope(node.app, who, { purpose: 'public', ...said })
    else if (what === 'everything') await withdraw(node.app, who, said)
    else {
      const admin = await signIn(node, `admin${handle}@north.example`, 'administrator')
      expect((await admin.post(paths.closeAccount(asha.accountId), { sure: 'yes' })).status).toBeLessThan(400)
    }
    // Before any job has run.
    expect(await requestsOf(node.app.db, asha.accountId, node.time)).toEqual([])
    await settled()
    expect(await rows(node.app.db, 'select 1 from request where account_id = $1', [asha.accountId])).toEqual([])
    expect(await rows(node.app.db, 'select 1 from request_answer where text = $1', ['Yes'])).toEqual([])
  },
)

/** Every table of a database that has these words, in any column. */
async function tablesWith(on: TestNode, words: readonly string[]): Promise<readonly string[]> {
  const tables = await rows<{ name: string }>(
    on.app.db,
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const like = words.map((_, index) => `t::text ilike '%' || $${index + 1} || '%'`).join(' or ')
    if ((await rows(on.app.db, `select 1 from ${name} t where ${like} limit 1`, words)).length > 0) found.push(name)
  }
  return found.toSorted()
}

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
  // The id of an activity that came is kept for 30 days: it names its author, and nobody here.
  expect(await tablesWith(own, words)).toEqual([
    'public.received_activity',
    'public.remote_actor',
    'public.request',
    'public.request_answer',
    'public.request_text',
  ])
  const inBackups = async (looked: readonly string[]) =>
    (await tablesWith(own, looked)).filter((name) => backedUp.includes(name.replace('public.', '')))
  expect(await inBackups([secret, 'Answered on the tenth day'])).toEqual([])
  expect(await inBackups([...words, new URL(server.origin).host])).toEqual(
    ['public.received_activity', 'public.holder'].toSorted(),
  )
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
  const args = [asha.accountId, id, asha.handle, '1', 'public', 'stranger']
  const asked = Object.values(paths).flatMap((path) =>
    typeof path === 'string' ? [path] : args.map((arg) => path(arg)),
  )
  const extra = ['/health', '/metrics', new URL(asha.actor).pathname, new URL(String(reply?.object.id)).pathname]
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
}, 60_000)

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
