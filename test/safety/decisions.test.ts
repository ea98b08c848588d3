import { rows } from '../../src/database/database.ts'
import { listingOf } from '../../src/listing/views.ts'
import { chooseHandle } from '../../src/profile/actions.ts'
import { report } from '../../src/safety/actions.ts'
import { choicesFor, judgesOf } from '../../src/safety/decision.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { settled } from './outside.ts'

// What moderators decide, what it does, where it is written down, and who looks at it again.

let node: TestNode
let asha: Resident
let bea: Resident
let herself: SignedIn
let first: SignedIn
let second: SignedIn
let administrator: SignedIn
let handles = 0

beforeAll(async () => {
  node = await aNode()
  asha = await aResident(node)
  bea = await aResident(node, 'bea')
  herself = await signIn(node, 'asha@north.example')
  first = await signIn(node, 'first@north.example')
  second = await signIn(node, 'second@north.example')
  administrator = await signIn(node, 'admin@north.example', 'administrator')
  await rows(node.app.db, 'update account set moderates = true where id = any($1)', [
    [first.accountId, second.accountId],
  ])
})
beforeEach(async () => {
  await rows(node.app.db, 'update account set moderates = true where id = $1', [second.accountId])
  // Who stops being public never has the same handle again.
  if (!(await listingOf(node.app.db, asha.id))?.public) {
    handles += 1
    await chooseHandle({ ...node.app, hashingKey: node.app.secrets.hashing }, asha.id, `asha${handles}`)
  }
  await listed(node, asha, ['here', 'public'])
  await settled(node)
  node.mails.splice(0)
})

async function reported(words = 'Too loud.', attached?: string): Promise<string> {
  const listing = await listingOf(node.app.db, asha.id)
  const actor = `${node.url}/ap/people/${listing?.personId}`
  node.time = new Date(node.time.getTime() + 25 * 3_600_000)
  return report(node.app, {
    accountId: bea.id,
    about: { actor, host: new URL(node.url).host, name: 'Asha Rao', accountId: asha.id },
    reason: words,
    ...(attached === undefined ? {} : { attached: { words: attached, cameAt: node.time } }),
  })
}

async function decided(choice: string, reason = 'Because.'): Promise<string> {
  const id = await reported()
  const answer = await first.post(`/moderation/reports/${id}`, { choice, reason })
  expect(answer.status).toBe(200)
  await settled(node)
  const [row] = await rows<{ id: string }>(node.app.db, 'select id from decision where report_id = $1', [id])
  return row?.id ?? ''
}

test('a warning is mailed with its reason, stands in her list and in the log, and names nobody who reported', async () => {
  await decided('warn', 'Please write less.')
  const mail = node.mails.findLast(({ to }) => to === 'asha@north.example')
  expect(mail?.text).toContain('Please write less.')
  expect(mail?.text).toContain(`${node.url}/me/decisions`)
  const page = await herself.get('/me/decisions')
  expect(page.text).toContain('Please write less.')
  for (const text of [page.text, mail?.text ?? '']) expect(text).not.toMatch(/bea|first@|Too loud/)
  for (const reader of [first, second, administrator]) {
    const log = await reader.get('/moderation/log')
    expect(log.text).toContain('Please write less.')
    expect(log.text).toContain('first@north.example')
    expect(log.text).not.toMatch(/bea@|Too loud/)
  }
  expect((await herself.get('/moderation/log')).status).toBe(403)
})

test('her public scope ends through her own withdrawal: her actor is gone, and she is listed here still', async () => {
  const listing = await listingOf(node.app.db, asha.id)
  await decided('end-public')
  expect(
    (await fetch(`${node.url}/ap/people/${listing?.personId}`, { headers: { accept: 'application/activity+json' } }))
      .status,
  ).toBe(410)
  expect(await listingOf(node.app.db, asha.id)).toMatchObject({ here: true, public: false })
  expect((await herself.get('/me/decisions')).text).toContain('Not public any more')
})

test('her listing ends everywhere', async () => {
  await decided('end-listing')
  expect(await listingOf(node.app.db, asha.id)).toBeUndefined()
})

test('that a report came to nothing she does not hear, and it is in the log', async () => {
  await decided('nothing', 'There was nothing in it.')
  expect(node.mails.filter(({ to }) => to === 'asha@north.example')).toEqual([])
  expect((await herself.get('/me/decisions')).text).not.toContain('There was nothing in it.')
  expect((await second.get('/moderation/log')).text).toContain('There was nothing in it.')
})

test('no decision without a reason, a choice that fits, or a report of somebody else', async () => {
  const id = await reported()
  expect((await first.post(`/moderation/reports/${id}`, { choice: 'warn', reason: '' })).status).toBe(400)
  expect((await first.post(`/moderation/reports/${id}`, { choice: 'warn', reason: 'x'.repeat(1_001) })).status).toBe(
    400,
  )
  expect((await first.post(`/moderation/reports/${id}`, { choice: 'hide-entry', reason: 'x' })).status).toBe(400)
  await rows(node.app.db, 'update account set moderates = true where id = $1', [bea.id])
  const reporter = await signIn(node, 'bea@north.example')
  expect((await reporter.post(`/moderation/reports/${id}`, { choice: 'warn', reason: 'x' })).status).toBe(404)
  await rows(node.app.db, 'update account set moderates = false where id = $1', [bea.id])
  expect(await rows(node.app.db, 'select 1 from decision where report_id = $1', [id])).toEqual([])
})

test("a request's text is on the moderators' page only if it was attached", async () => {
  const [bare, whole] = [await reported('no text'), await reported('with text', 'The words of the message')]
  expect((await first.get(`/moderation/reports/${bare}`)).text).not.toContain('Attached message')
  expect((await first.get(`/moderation/reports/${whole}`)).text).toContain('The words of the message')
})

test('of two who decide about one report at once, one does', async () => {
  const id = await reported()
  const choices = [first, second].map((who) =>
    who.post(`/moderation/reports/${id}`, { choice: 'warn', reason: 'Both.' }),
  )
  expect((await Promise.all(choices)).map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
    200, 404,
  ])
  expect((await second.post(`/moderation/reports/${id}`, { choice: 'warn', reason: 'Late.' })).status).toBe(404)
  await settled(node)
  expect(await rows(node.app.db, 'select 1 from decision where report_id = $1', [id])).toHaveLength(1)
  expect(node.mails.filter(({ to }) => to === 'asha@north.example')).toHaveLength(1)
})

test('words that were attached are on no page from the moment on in which they end', async () => {
  const id = await reported('with text', 'The words of the message')
  await rows(node.app.db, 'update report_attachment set made_at = $1', [
    new Date(node.time.getTime() - 30 * 24 * 3_600_000),
  ])
  expect((await first.get(`/moderation/reports/${id}`)).text).not.toContain('The words of the message')
})

test('a decided report and words that were attached are gone after 30 days; the decision stays', async () => {
  const open = await reported('still open', 'The words of the message')
  const id = await decided('nothing', 'Stays in the log.')
  const [before] = await rows<{ report: string }>(
    node.app.db,
    'select report_id as report from decision where id = $1',
    [id],
  )
  node.time = new Date(node.time.getTime() + 31 * 24 * 3_600_000)
  await node.runTimetable('safety.tidy-up')
  expect(await rows(node.app.db, 'select 1 from report where id = $1', [before?.report])).toEqual([])
  expect(await rows(node.app.db, 'select 1 from report where id = $1', [open])).toHaveLength(1)
  expect(await rows(node.app.db, 'select 1 from report_attachment')).toEqual([])
  expect((await second.get('/moderation/log')).text).toContain('Stays in the log.')
})

test.each(['update decision set reason = $$x$$', 'delete from decision', 'truncate decision cascade'])(
  'the log refuses: %s',
  async (sql) => {
    await decided('warn')
    await expect(rows(node.app.db, sql)).rejects.toThrow('stays as it is')
  },
)

test('an appeal is decided by another moderator, never by the one who decided, and once', async () => {
  const id = await decided('warn', 'Stop.')
  await herself.post(`/me/decisions/${id}/appeal`, { appeal: 'It was not me.' })
  await settled(node)
  const mailed = node.mails.filter(({ subject }) => subject.startsWith('An appeal'))
  expect(mailed.map(({ to }) => to)).toEqual(['second@north.example'])
  const path = new URL(/https?:\S+/.exec(mailed[0]?.text ?? '')?.[0] ?? '').pathname
  for (const reader of [first, administrator, herself]) {
    expect((await reader.get(path)).status).toBe(404)
    expect((await reader.post(path, { outcome: 'appeal-stands', reason: 'x' })).status).toBe(404)
  }
  expect((await second.get('/moderation')).text).toContain(path)
  const page = await second.get(path)
  for (const said of ['It was not me.', 'Stop.', 'Too loud.']) expect(page.text).toContain(said)
  await second.post(path, { outcome: 'appeal-reversed', reason: 'She is right.' })
  await settled(node)
  expect((await second.get(path)).status).toBe(404)
  expect(node.mails.findLast(({ to }) => to === 'asha@north.example')?.text).toContain('She is right.')
  const mine = await herself.get('/me/decisions')
  expect(mine.text).toContain('the decision was not right')
  expect(await rows(node.app.db, 'select 1 from appeal where decision_id = $1', [id])).toHaveLength(1)
  await herself.post(`/me/decisions/${id}/appeal`, { appeal: 'Again' })
  expect(await rows(node.app.db, 'select 1 from appeal where decision_id = $1', [id])).toHaveLength(1)
})

test('with one moderator an administrator decides the appeal, and sees that report alone', async () => {
  await rows(node.app.db, 'update account set moderates = false where id = $1', [second.accountId])
  const id = await decided('warn')
  const other = await reported('another report')
  await herself.post(`/me/decisions/${id}/appeal`, { appeal: 'Please.' })
  await settled(node)
  const mailed = node.mails.filter(({ subject }) => subject.startsWith('An appeal'))
  expect(mailed.map(({ to }) => to)).toEqual(['admin@north.example'])
  const path = new URL(/https?:\S+/.exec(mailed[0]?.text ?? '')?.[0] ?? '').pathname
  const list = await administrator.get('/moderation')
  expect(list.text).toContain(path)
  expect(list.text).not.toContain(other)
  expect((await administrator.get(path)).status).toBe(200)
  expect((await administrator.get(`/moderation/reports/${other}`)).status).toBe(403)
})

test('whoever reported does not decide the appeal', async () => {
  await rows(node.app.db, 'update account set moderates = true where id = $1', [bea.id])
  const id = await decided('warn')
  await herself.post(`/me/decisions/${id}/appeal`, { appeal: 'Please.' })
  await settled(node)
  const appeals = node.mails.filter(({ subject }) => subject.startsWith('An appeal'))
  expect(appeals.map(({ to }) => to)).toEqual(['second@north.example'])
  await rows(node.app.db, 'update account set moderates = false where id = $1', [bea.id])
})

test('nobody appeals for another, or what is no decision about her', async () => {
  const id = await decided('warn')
  const stranger = await signIn(node, 'other@north.example')
  for (const path of [`/me/decisions/${id}/appeal`, '/me/decisions/none/appeal']) {
    expect((await stranger.get(path)).status).toBe(404)
    expect((await stranger.post(path, { appeal: 'x' })).status).toBe(404)
  }
})

test('who decides an appeal: others first, then those above, then whoever there is', () => {
  const decision = { byAccount: 'm1', aboutAccount: 'p' }
  expect(judgesOf(decision, ['m1', 'm2', 'p'], ['a'])).toEqual(['m2'])
  expect(judgesOf(decision, ['m1', 'p'], ['a', 'm1'])).toEqual(['a'])
  expect(judgesOf(decision, ['m1'], ['m1', 'p'])).toEqual(['m1'])
  expect(judgesOf(decision, ['p'], ['p'])).toEqual([])
})

test('what can be decided depends on whom a report is about', () => {
  const at = { aboutHost: 'north.example', forwardedAt: null, listingId: null }
  expect(choicesFor({ ...at, aboutAccountId: 'a' }, 'north.example')).toContain('end-listing')
  expect(choicesFor({ ...at, aboutAccountId: null }, 'north.example')).toEqual(['nothing'])
  const there = { aboutHost: 'south.example', aboutAccountId: null, listingId: null }
  expect(choicesFor({ ...there, forwardedAt: null }, 'north.example')).not.toContain('hide-entry')
  expect(choicesFor({ ...there, listingId: 'l', forwardedAt: null }, 'north.example')).toContain('hide-entry')
  expect(choicesFor({ ...there, forwardedAt: null }, 'north.example')).toContain('refer')
  expect(choicesFor({ ...there, forwardedAt: new Date(0) }, 'north.example')).not.toContain('refer')
})
