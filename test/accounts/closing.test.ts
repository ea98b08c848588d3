import { closeAccount } from '../../src/accounts/actions.ts'
import { accountById } from '../../src/accounts/views.ts'
import { saveSearch } from '../../src/searches/actions.ts'
import { searchesOf } from '../../src/searches/views.ts'
import { aReader } from '../support/browser.ts'
import { visible } from '../listing/reads.ts'
import { aNode } from '../support/node.ts'
import { aResident, listed } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

it('a closed account is signed out, withdrawn from everywhere, and cannot come back by mail', async () => {
  const node = await aNode({ settings: { SIDEWAYS_JOIN: 'approval' } })
  const admin = await signIn(node, 'admin@north.example', 'administrator')
  const resident = await aResident(node, 'asha')
  await listed(node, resident, ['here', 'partners', 'public'])
  expect(await node.settle()).toEqual([])
  await saveSearch(node.app, resident, { text: 'new job' }, { name: 'What nobody should know', mails: true })
  const before = await accountById(node.app.db, resident.id)
  const reader = await signIn(node, before?.mail ?? '')
  expect((await visible(node, resident.id)).entries.length).toBeGreaterThan(0)

  const asked = await admin.get(`/administration/people/${resident.id}/close`)
  expect(asked.text).toContain('You cannot undo this.')
  expect((await admin.post(`/administration/people/${resident.id}/close`, {})).text).toContain('Account closed.')
  // The page has said so, and no job has run.
  const gone = { listing: undefined, entries: [], live: [] }
  expect(await searchesOf(node.app.db, resident.id, node.time)).toEqual([])
  expect(await visible(node, resident.id)).toMatchObject(gone)
  expect((await reader.get('/sign-out')).text).toContain('You are signed out')
  expect(await node.settle()).toEqual([])
  expect(await visible(node, resident.id)).toMatchObject(gone)
  const noted = (await node.app.withdrawals.read()).withdrawals.filter((line) => 'closed' in line)
  expect(noted).toMatchObject([{ account: resident.id }])

  const mails = node.mails.length
  await aReader(node.url).post('/sign-in', { mail: before?.mail ?? '' })
  expect(await node.settle()).toEqual([])
  expect(node.mails.length).toBe(mails)
})

it('an account that nobody has cannot be closed', async () => {
  const node = await aNode()
  const admin = await signIn(node, 'admin@north.example', 'administrator')
  const account = await accountById(node.app.db, admin.accountId)
  if (!account) throw new Error('no administrator')
  await expect(closeAccount(node.app, account, 'nobody')).rejects.toMatchObject({ code: 'account-unknown' })
})
