import { day, later, minute } from '../../src/common/clock.ts'
import { paths } from '../../src/common/paths.ts'
import { rows } from '../../src/database/database.ts'
import { endScope, withdraw } from '../../src/listing/actions.ts'
import { requestsOf } from '../../src/requests/views.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aSignedInPerson, correspondence, waitingRequestOf, type SignedInPerson as Person } from '../support/outside.ts'
import { signIn } from '../support/sign-in.ts'
import { postedTo } from '../support/stranger.ts'

// What a person does with a message from outside, page by page.

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
      'select (select content from report_attachment where report_id = report.id) as attached, posts, forward from report where about = $1',
      [cleo],
    )
  expect(await reports()).toEqual([{ attached: null, posts: [note], forward: false }])
  await asha.post(paths.openRequest(id), {})
  await asha.post(paths.reportRequest(id), { reason: 'Very rude.', attach: 'yes', forward: 'yes' })
  await settled()
  expect(await reports()).toMatchObject([
    { attached: null, forward: false },
    { attached: expect.stringContaining(secret), forward: true },
  ])
  // What she did not want to be passed on is not.
  expect(postedTo(server, 'Flag').map(({ content }) => content)).toEqual(['Very rude.'])
  const [kept] = await rows<{ at: Date }>(node.app.db, 'select made_at as at from report_attachment')
  const [text] = await rows<{ at: Date }>(node.app.db, 'select came_at as at from request_text where note = $1', [note])
  expect(kept).toEqual(text)
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
