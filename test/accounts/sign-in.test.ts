import { aNode, type TestNode } from '../support/node.ts'
import { aReader } from '../support/browser.ts'
import { linkInMail, signIn } from '../support/sign-in.ts'
import { invite } from '../../src/accounts/actions.ts'
import { accountByMail } from '../../src/accounts/views.ts'
import { minute, later } from '../../src/common/clock.ts'
import { oneRow, rows } from '../../src/database/database.ts'
import { cookieName } from '../../src/web/session.ts'

let node: TestNode
beforeAll(async () => {
  node = await aNode({ settings: { SIDEWAYS_JOIN: 'domains', SIDEWAYS_MAIL_DOMAINS: 'north.example' } })
})

async function asked(mail: string, more: Record<string, string> = {}): Promise<ReturnType<typeof aReader>> {
  const reader = aReader(node.url)
  const answer = await reader.post('/sign-in', { mail, ...more })
  expect(answer.text).toContain('Check your email')
  expect(await node.settle()).toEqual([])
  return reader
}

const sid = (reader: ReturnType<typeof aReader>): string | undefined =>
  reader.cookies.get(cookieName(node.url, 'session'))

it('a link opened in the browser that asked signs in at once', async () => {
  const reader = await asked('Ana@North.example ')
  const answer = await reader.get(linkInMail(node, 'ana@north.example'))
  expect(answer.url).toBe('/')
  expect((await reader.get('/sign-out')).text).toContain('You are signed in as ana@north.example')
})

it('a link opened in another browser signs in after one button, and a mail scanner does not use it up', async () => {
  await asked('ben@north.example')
  const link = linkInMail(node, 'ben@north.example')
  const scanner = aReader(node.url)
  await scanner.get(link)
  expect((await fetch(link, { method: 'HEAD' })).status).toBe(200)
  const other = aReader(node.url)
  expect((await other.get(link)).text).toContain('You are about to sign in as ben@north.example')
  expect(sid(other)).toBeUndefined()
  const answer = await other.post('/sign-in/link', { token: new URL(link).searchParams.get('token') ?? '' })
  expect(answer.status).toBe(200)
  expect((await other.get('/sign-out')).text).toContain('ben@north.example')
})

it('a browser that looks ahead does not use a link up', async () => {
  const reader = await asked('cy@north.example')
  const link = linkInMail(node, 'cy@north.example')
  expect((await reader.get(link, { 'sec-purpose': 'prefetch' })).text).toContain('You are about to sign in')
  expect((await reader.get(link)).url).toBe('/')
})

it('a link can be pasted whole, broken over lines, or as its token alone', async () => {
  for (const change of [
    (link: string) => link,
    (link: string) => `<${link.slice(0, 40)}\n ${link.slice(40)}>`,
    (link: string) => new URL(link).searchParams.get('token') ?? '',
  ]) {
    await asked('dan@north.example')
    const reader = aReader(node.url)
    const answer = await reader.post('/sign-in/link', { token: change(linkInMail(node, 'dan@north.example')) })
    expect(answer.url).toBe('/')
    expect(sid(reader)).toBeDefined()
  }
})

it('what is pasted and no link is answered with the field again', async () => {
  const answer = await aReader(node.url).post('/sign-in/link', { token: 'https://elsewhere.example/' })
  expect(answer.status).toBe(400)
  expect(answer.text).toContain('That is not a whole link')
})

it('a link works once', async () => {
  const reader = await asked('eva@north.example')
  const link = linkInMail(node, 'eva@north.example')
  await reader.get(link)
  const again = await aReader(node.url).get(link)
  expect(again.status).toBe(410)
  expect(again.text).toContain('This link was used already')
  expect(again.text).toContain('Ask for a new link')
})

it('a link used by two browsers at the same moment lets one in', async () => {
  await asked('twice@north.example')
  const token = new URL(linkInMail(node, 'twice@north.example')).searchParams.get('token') ?? ''
  const answers = await Promise.all([1, 2, 3].map(() => aReader(node.url).post('/sign-in/link', { token })))
  expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 410, 410])
})

it('a link works for 30 minutes from the request, however late the mail was sent', async () => {
  const start = node.time
  const reader = aReader(node.url)
  await reader.post('/sign-in', { mail: 'fay@north.example' })
  node.time = later(start, 20 * minute)
  expect(await node.settle()).toEqual([])
  const link = linkInMail(node, 'fay@north.example')
  node.time = later(start, 30 * minute)
  const answer = await reader.get(link)
  expect(answer.status).toBe(410)
  expect(answer.text).toContain('This link has ended')
  node.time = later(start, 29 * minute)
  expect((await reader.get(link)).url).toBe('/')
  node.time = start
})

it('a made-up link is unknown', async () => {
  const answer = await aReader(node.url).get(`/sign-in/link?token=${'x'.repeat(43)}`)
  expect(answer.status).toBe(410)
  expect(answer.text).toContain('This link does not work')
})

it('an address that may not join gets the same answer and no mail', async () => {
  const before = node.mails.length
  await asked('stranger@elsewhere.example')
  await asked('stranger@notnorth.example')
  await asked('stranger@staff.north.example')
  expect(node.mails.length).toBe(before)
})

it('a closed account gets the same answer and no mail', async () => {
  await signIn(node, 'gus@north.example')
  await rows(node.app.db, `update account set state = 'closed' where mail = 'gus@north.example'`)
  const before = node.mails.length
  await asked('gus@north.example')
  expect(node.mails.length).toBe(before)
})

it('an invited address may join from anywhere, and is told by mail', async () => {
  const admin = await signIn(node, 'admin@north.example', 'administrator')
  const account = await accountByMail(node.app.db, admin.mail)
  if (!account) throw new Error('no administrator')
  await invite(node.app, account, 'hal@elsewhere.example', 'cy')
  expect(await node.settle()).toEqual([])
  expect(node.mails.at(-1)).toMatchObject({ to: 'hal@elsewhere.example', subject: 'Gwahoddiad i Sideways' })
  const reader = await asked('hal@elsewhere.example')
  expect((await reader.get(linkInMail(node, 'hal@elsewhere.example'))).url).toBe('/')
})

it('signing in gives the browser a new session', async () => {
  const reader = await signIn(node, 'ida@north.example')
  const first = sid(reader)
  expect(first).toBeDefined()
  await reader.post('/sign-in', { mail: 'ida@north.example' })
  expect(await node.settle()).toEqual([])
  await reader.get(linkInMail(node, 'ida@north.example'))
  expect(sid(reader)).toBeDefined()
  expect(sid(reader)).not.toBe(first)
  const old = aReader(node.url)
  old.cookies.set(cookieName(node.url, 'session'), first ?? '')
  expect((await old.get('/sign-out')).text).toContain('You are signed out')
})

it('signing out ends the session in the database too', async () => {
  const reader = await signIn(node, 'jan@north.example')
  const kept = sid(reader) ?? ''
  expect((await reader.get('/sign-out')).text).toContain('You are signed in as jan@north.example')
  expect((await reader.post('/sign-out', {})).text).toContain('You are signed out')
  expect(sid(reader)).toBeUndefined()
  const thief = aReader(node.url)
  thief.cookies.set(cookieName(node.url, 'session'), kept)
  expect((await thief.get('/sign-out')).text).toContain('You are signed out')
})

it('somebody whose account is closed is signed out by her next click', async () => {
  const reader = await signIn(node, 'kit@north.example')
  await rows(node.app.db, `update account set state = 'closed' where mail = 'kit@north.example'`)
  expect((await reader.get('/sign-out')).text).toContain('You are signed out')
})

it('after signing in a reader goes where she wanted to, but never to another site', async () => {
  const reader = await asked('liz@north.example', { return: '/sign-out?from=here' })
  expect((await reader.get(linkInMail(node, 'liz@north.example'))).url).toBe('/sign-out?from=here')
  const other = await asked('liz@north.example', { return: '//evil.example/' })
  expect((await other.get(linkInMail(node, 'liz@north.example'))).url).toBe('/')
})

it('the mail speaks the language in which the link was asked for, and no token rests in the database', async () => {
  const reader = aReader(node.url)
  await reader.get('/sign-in?lang=cy')
  await reader.post('/sign-in', { mail: 'mair@north.example' })
  expect(await node.settle()).toEqual([])
  const mail = node.mails.at(-1)
  expect(mail).toMatchObject({ to: 'mair@north.example', subject: 'Eich dolen i fewngofnodi i Sideways' })
  expect(mail?.html).toContain('<html lang="cy">')
  const token = new URL(linkInMail(node, 'mair@north.example')).searchParams.get('token') ?? ''
  const found = await oneRow(node.app.db, `select 1 from sign_in_request r where r::text like '%' || $1 || '%'`, [
    token,
  ])
  expect(found).toBeUndefined()
})

it('a mail that could not be sent is sent again with a new link', async () => {
  let broken = true
  const other = await aNode({ settings: { SIDEWAYS_JOIN: 'domains', SIDEWAYS_MAIL_DOMAINS: 'north.example' } })
  const send = other.app.mail.send.bind(other.app.mail)
  const tokens: string[] = []
  Object.assign(other.app.mail, {
    async send(mail: { text: string; to: string; subject: string }) {
      tokens.push(/token=(\S+)/.exec(mail.text)?.[1] ?? '')
      if (broken) throw new Error('mail server down')
      await send(mail)
    },
  })
  const reader = aReader(other.url)
  await reader.post('/sign-in', { mail: 'nia@north.example' })
  expect(await other.settle()).toEqual([expect.stringContaining('mail server down')])
  broken = false
  await rows(other.app.db, 'update graphile_worker._private_jobs set run_at = now(), last_error = null')
  expect(await other.settle()).toEqual([])
  expect(new Set(tokens).size).toBe(2)
  expect((await reader.get(`/sign-in/link?token=${tokens[0] ?? ''}`)).status).toBe(410)
  expect((await reader.get(linkInMail(other, 'nia@north.example'))).url).toBe('/')
})

it('a request is forgotten a day after its link ended', async () => {
  await asked('old@north.example')
  const count = async (): Promise<number> =>
    (await rows(node.app.db, `select 1 from sign_in_request where mail = 'old@north.example'`)).length
  await node.runTimetable('accounts.forget-ended')
  expect(await count()).toBe(1)
  const start = node.time
  node.time = later(start, 25 * 60 * minute)
  await node.runTimetable('accounts.forget-ended')
  expect(await count()).toBe(0)
  node.time = start
})
