import {
  approve,
  changeRole,
  closeAccount,
  consoleLink,
  firstAdministratorLink,
  invite,
} from '../../src/accounts/actions.ts'
import type { Account } from '../../src/accounts/account.ts'
import { accountById, accountByMail, accountsOnAPage, accountsPage } from '../../src/accounts/views.ts'
import { day, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { linkInMail, signIn, type SignedIn } from '../support/sign-in.ts'

async function theAccount(node: TestNode, mail: string): Promise<Account> {
  const account = await accountByMail(node.app.db, mail)
  if (!account) throw new Error(`no account of ${mail}`)
  return account
}

describe('a node on which administrators approve', () => {
  let node: TestNode
  let admin: SignedIn
  beforeAll(async () => {
    node = await aNode({ settings: { SIDEWAYS_JOIN: 'approval' } })
    admin = await signIn(node, 'admin@north.example', 'administrator')
  })

  async function waits(mail: string): Promise<ReturnType<typeof aReader>> {
    const reader = aReader(node.url)
    await reader.post('/sign-in', { mail })
    expect(await node.settle()).toEqual([])
    expect((await reader.get(linkInMail(node, mail))).url).toBe('/waiting')
    return reader
  }

  it('somebody new waits, is not signed in, and the administrators are told without her address', async () => {
    const reader = await waits('zoe@elsewhere.example')
    expect((await reader.get('/sign-out')).text).toContain('You are signed out')
    expect(await node.settle()).toEqual([])
    expect(node.mails.at(-1)?.to).toBe('admin@north.example')
    expect(node.mails.at(-1)?.text).not.toContain('zoe')
    expect((await admin.get('/administration')).text).toContain('1 person waits for your answer')
  })

  it('somebody who is approved is told by mail and can sign in', async () => {
    const reader = await waits('yan@elsewhere.example')
    const { id } = await theAccount(node, 'yan@elsewhere.example')
    expect((await admin.get('/administration/people')).text).toContain('yan@elsewhere.example')
    expect((await admin.post('/administration/people/approve', { account: id })).text).toContain('Approved.')
    expect(await node.settle()).toEqual([])
    expect(node.mails.at(-1)).toMatchObject({ to: 'yan@elsewhere.example', subject: 'You can now sign in to Sideways' })
    await reader.post('/sign-in', { mail: 'yan@elsewhere.example' })
    expect(await node.settle()).toEqual([])
    expect((await reader.get(linkInMail(node, 'yan@elsewhere.example'))).url).toBe('/')
  })

  it('somebody who is refused leaves nothing behind', async () => {
    await waits('xia@elsewhere.example')
    const { id } = await theAccount(node, 'xia@elsewhere.example')
    await admin.post('/administration/people/refuse', { account: id })
    expect(await accountById(node.app.db, id)).toBeUndefined()
  })

  it('a member can neither open the page nor take the action', async () => {
    const member = await signIn(node, 'member@north.example')
    expect((await member.get('/administration/people')).status).toBe(403)
    expect((await member.post('/administration/people/approve', { account: 'x' })).status).toBe(403)
    const account = await theAccount(node, 'member@north.example')
    await expect(approve(node.app, account, 'x')).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(invite(node.app, account, 'a@b.example', 'en')).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(changeRole(node.app, account, account.id, 'administrator')).rejects.toMatchObject({
      code: 'not-allowed',
    })
  })

  it('a reader who is signed out is sent to sign in, and comes back', async () => {
    const answer = await aReader(node.url).get('/administration/people?after=x')
    expect(answer.url).toBe('/sign-in?return=%2Fadministration%2Fpeople%3Fafter%3Dx')
    expect(answer.text).toContain('value="/administration/people?after=x"')
  })
})

describe('inviting', () => {
  let node: TestNode
  let admin: SignedIn
  beforeAll(async () => {
    node = await aNode()
    admin = await signIn(node, 'admin@north.example', 'administrator')
  })

  it('every address is checked before the first is invited', async () => {
    const answer = await admin.post('/administration/people/invite', { addresses: 'a@north.example\nnot an address' })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('Check these, they are not email addresses: not an address')
    expect(answer.text).toContain('a@north.example')
    expect(await rows(node.app.db, 'select 1 from invitation')).toEqual([])
  })

  it('invited people get a mail, those with an account are left alone, and no address is in the queue', async () => {
    const answer = await admin.post('/administration/people/invite', {
      addresses: 'A@north.example\nb@north.example\nadmin@north.example',
    })
    expect(answer.text).toContain('2 people invited')
    expect(answer.text).toContain('1 address has an account already')
    const jobs = await rows<{ payload: unknown }>(node.app.db, 'select payload from graphile_worker._private_jobs')
    expect(JSON.stringify(jobs)).not.toContain('@')
    expect(await node.settle()).toEqual([])
    expect(node.mails.map(({ to }) => to)).toEqual(expect.arrayContaining(['a@north.example', 'b@north.example']))
  })

  it('an invitation that is taken back lets nobody in', async () => {
    const [invitation] = await rows<{ id: string }>(
      node.app.db,
      `select id from invitation where mail = 'b@north.example'`,
    )
    await admin.post('/administration/people/invite/take-back', { invitation: invitation?.id ?? '' })
    const before = node.mails.length
    await aReader(node.url).post('/sign-in', { mail: 'b@north.example' })
    expect(await node.settle()).toEqual([])
    expect(node.mails.length).toBe(before)
  })

  it('an invitation that is taken back after the link was sent lets nobody in either', async () => {
    const reader = aReader(node.url)
    await reader.post('/sign-in', { mail: 'a@north.example' })
    expect(await node.settle()).toEqual([])
    await rows(node.app.db, `delete from invitation where mail = 'a@north.example'`)
    const answer = await reader.get(linkInMail(node, 'a@north.example'))
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('This address cannot join here')
  })
})

describe('the administrators of a node', () => {
  let node: TestNode
  beforeAll(async () => {
    node = await aNode()
  })

  it('the first one comes by a link that works once, for a day, until a newer start replaces it', async () => {
    const old = await firstAdministratorLink(node.app, node.url)
    const start = node.time
    const link = await firstAdministratorLink(node.app, node.url)
    if (!old || !link) throw new Error('no link')
    const reader = aReader(node.url)
    expect((await reader.get(old.url)).status).toBe(410)
    node.time = later(start, day)
    expect((await reader.get(link.url)).text).toContain('This link has ended')
    node.time = start
    expect((await reader.get(link.url)).text).toContain('Become the first administrator')
    const token = new URL(link.url).searchParams.get('token') ?? ''
    const mistake = await reader.post(`/sign-in/link?token=${token}`, { token, mail: 'not an address' })
    expect(mistake.status).toBe(400)
    expect(mistake.text).toContain('Enter an email address')
    expect((await reader.post(`/sign-in/link?token=${token}`, { token, mail: 'Boss@north.example' })).url).toBe('/')
    expect((await reader.get('/administration/people')).text).toContain('boss@north.example')
    expect((await aReader(node.url).get(link.url)).text).toContain('This link was used already')
    expect(await firstAdministratorLink(node.app, node.url)).toBeUndefined()
  })

  it('the command line signs anybody in who has an account, and makes an administrator only when told to', async () => {
    await expect(consoleLink(node.app, node.url, { mail: 'new@north.example' })).rejects.toMatchObject({
      code: 'account-unknown',
    })
    const url = await consoleLink(node.app, node.url, { mail: 'New@north.example', makeAdministrator: true })
    const reader = aReader(node.url)
    expect((await reader.get(url)).text).toContain('You are about to sign in as new@north.example')
    await reader.post('/sign-in/link', { token: url })
    expect((await reader.get('/administration')).status).toBe(200)
  })

  it('the last one can neither step down nor be closed, even when two try at the same moment', async () => {
    const boss = await theAccount(node, 'boss@north.example')
    const other = await theAccount(node, 'new@north.example')
    const answers = await Promise.allSettled([
      changeRole(node.app, boss, boss.id, 'member'),
      changeRole(node.app, other, other.id, 'member'),
    ])
    expect(answers.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    const [last] = await rows<{ id: string }>(node.app.db, `select id from account where role = 'administrator'`)
    const account = await accountById(node.app.db, last?.id ?? '')
    if (!account) throw new Error('nobody is left')
    await expect(changeRole(node.app, account, account.id, 'member')).rejects.toMatchObject({
      code: 'last-administrator',
    })
    await expect(closeAccount(node.app, account, account.id)).rejects.toMatchObject({ code: 'last-administrator' })
  })

  it('the list of accounts goes on from page to page and shows everybody once', async () => {
    const more = accountsOnAPage + 5
    await rows(
      node.app.db,
      `insert into account (id, mail, role, state, language, created_at)
       select 'm' || n, 'm' || n || '@north.example', 'member', 'active', 'en', $1 from generate_series(1, $2::int) as n`,
      [node.time, more],
    )
    const seen: string[] = []
    let after: string | undefined
    do {
      const one = await accountsPage(node.app.db, after)
      seen.push(...one.accounts.map(({ id }) => id))
      after = one.next
    } while (after !== undefined)
    expect(seen.length).toBe(more + 2)
    expect(new Set(seen).size).toBe(seen.length)
  })
})
