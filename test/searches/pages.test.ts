import { rows } from '../../src/database/database.ts'
import { saveSearch } from '../../src/searches/actions.ts'
import { mostSearches } from '../../src/searches/search.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'
import { savedRows } from './people.ts'

// Saving a search, and what its owner does with it, without scripts.

let node: TestNode
let asha: SignedIn

beforeAll(async () => {
  node = await aNode()
  asha = await signIn(node, 'asha@north.example')
})

beforeEach(() => rows(node.app.db, 'delete from saved_search'))

const address = '/me/searches/new?role=product-manager&open=true&after=x'

async function saved(): Promise<string> {
  const answer = await asha.post(address, { searchName: 'Open managers', weekly: 'yes' })
  expect([answer.status, answer.url]).toEqual([200, '/me/searches'])
  return String((await savedRows(node))[0]?.['id'])
}

it('a search is saved under a name, says what it looks for, and leads back to it', async () => {
  const form = await asha.get(address)
  expect(form.text).toContain('Role: Product manager')
  expect(form.text).toContain('value="Role: Product manager, Open to a chat now"')
  await saved()
  const [row] = await savedRows(node)
  expect(row).toMatchObject({ name: 'Open managers', query: 'role=product-manager&open=true', mails: true })
  const list = await asha.get('/me/searches')
  expect(list.text).toContain('Open managers')
  expect(list.text).toContain('Role: Product manager, Open to a chat now')
  expect(list.text).toContain('href="/directory?role=product-manager&amp;open=true"')
})

it('without a name, or without an answer about mails, nothing is saved and both are asked again', async () => {
  const answer = await asha.post(address, { searchName: ' ' })
  expect(answer.status).toBe(400)
  expect(answer.text).toContain('Enter a name for the search')
  expect(answer.text).toContain('Choose if you want a weekly email')
  expect(answer.text).toContain('Role: Product manager')
  expect((await asha.post(address, { searchName: 'x'.repeat(81), weekly: 'no' })).text).toContain(
    '80 characters or fewer',
  )
  expect(await savedRows(node)).toEqual([])
})

it('it is renamed, its mails are switched, it is kept longer, and deleted', async () => {
  const id = await saved()
  await asha.post(`/me/searches/${id}`, { searchName: ' Peers  in Wales ', weekly: 'no' })
  expect(await savedRows(node)).toEqual([expect.objectContaining({ name: 'Peers in Wales', mails: false })])
  await rows(node.app.db, `update saved_search set ends_at = $1`, ['2026-12-01T00:00:00Z'])
  expect((await asha.post(`/me/searches/${id}/keep`, {})).text).toContain('Your search stays until 23 May 2027')
  expect((await asha.get(`/me/searches/${id}/delete`)).text).toContain('Delete the search “Peers in Wales”?')
  expect((await asha.post(`/me/searches/${id}/delete`, {})).text).toContain('The search is deleted')
  expect(await savedRows(node)).toEqual([])
})

it('the address of a feed is shown once, can be replaced, and is ended', async () => {
  const id = await saved()
  const shown = await asha.post(`/me/searches/${id}/feed`, {})
  const first = /http:\S+\/feeds\/[\w-]{44}\.atom/.exec(shown.text)?.[0] ?? ''
  expect((await fetch(first)).status).toBe(200)
  expect(shown.headers.get('cache-control')).toBe('no-store')
  const after = await asha.get(`/me/searches/${id}/feed`)
  expect([after.url, after.text.includes('/feeds/')]).toEqual([`/me/searches/${id}`, false])
  const second =
    /http:\S+\/feeds\/[\w-]{44}\.json/.exec((await asha.post(`/me/searches/${id}/feed`, {})).text)?.[0] ?? ''
  expect([(await fetch(first)).status, (await fetch(second)).status]).toEqual([410, 200])
  await asha.post(`/me/searches/${id}/feed/end`, {})
  expect((await fetch(second)).status).toBe(410)
})

it('somebody else sees nothing of it and can do nothing to it, administrators neither', async () => {
  const id = await saved()
  const before = await savedRows(node)
  const other = await signIn(node, 'bob@north.example', 'administrator')
  expect((await other.get('/me/searches')).text).not.toContain('Open managers')
  expect((await other.get(`/me/searches/${id}`)).status).toBe(404)
  expect((await other.post(`/me/searches/${id}`, { searchName: 'Mine', weekly: 'no' })).status).toBe(404)
  expect((await other.post(`/me/searches/${id}/keep`, {})).status).toBe(404)
  expect((await other.post(`/me/searches/${id}/feed`, {})).status).toBe(404)
  await other.post(`/me/searches/${id}/delete`, {})
  await other.post(`/me/searches/${id}/feed/end`, {})
  expect(await savedRows(node)).toEqual(before)
  expect((await aReader(node.url).get('/me/searches')).url).toMatch(/^\/sign-in/)
})

it('nobody saves more than twenty', async () => {
  const who = { id: asha.accountId }
  const query = { roles: ['product-manager'] }
  const all = Array.from({ length: mostSearches + 5 }, (_, index) =>
    saveSearch(node.app, who, query, { name: `Number ${index}`, mails: false }),
  )
  const refused = (await Promise.allSettled(all)).filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(5)
  expect(await savedRows(node)).toHaveLength(mostSearches)
  expect((await asha.get(address)).text).toContain('You have saved 20 searches')
  expect((await asha.post(address, { searchName: 'One more', weekly: 'no' })).status).toBe(409)
})

it('a search that a newer or older list of words does not know is still shown, and can be deleted', async () => {
  const id = await saved()
  await rows(node.app.db, `update saved_search set query = 'role=no-such-role'`)
  expect((await asha.get('/me/searches')).text).toContain('not known here any more')
  expect((await asha.get(`/me/searches/${id}`)).status).toBe(200)
  await asha.post(`/me/searches/${id}/delete`, {})
  expect(await savedRows(node)).toEqual([])
})

it('the pages speak Welsh', async () => {
  const id = await saved()
  const welsh = { 'accept-language': 'cy' }
  await rows(node.app.db, `update account set language = 'cy'`)
  const reader = await signIn(node, 'asha@north.example')
  for (const path of ['/me/searches', `/me/searches/${id}`, `/me/searches/${id}/delete`, address])
    expect((await reader.get(path, welsh)).text).toContain('<html lang="cy"')
  expect((await reader.get('/me/searches')).text).toContain('Eich chwiliadau a gadwyd')
  const refused = (await reader.post(address, { searchName: '', weekly: '' })).text
  expect(refused).toContain('<span class="govuk-visually-hidden">Gwall:</span>')
  expect(refused).not.toContain('Error:')
})
