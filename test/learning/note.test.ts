import { rows } from '../../src/database/database.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { ashasProfile } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'
import { saveFields } from '../../src/profile/actions.ts'

// The note about protected time: from a form to half a page, and kept nowhere.

let node: TestNode

beforeAll(async () => {
  node = await aNode()
})

const typed = {
  noteName: 'Asha Rao',
  job: 'Product manager',
  manager: '<b>Mo</b>',
  rhythm: 'fortnight',
  noteLanguage: 'en',
}

/** How many rows every table of the node has. */
async function counts(): Promise<string> {
  const tables = await rows<{ name: string }>(
    node.app.db,
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
  )
  const all: string[] = []
  for (const { name } of tables) {
    const [row] = await rows<{ count: string }>(node.app.db, `select count(*) as count from "${name}"`)
    all.push(`${name} ${row?.count}`)
  }
  expect(all.length).toBeGreaterThan(40)
  return all.join('\n')
}

it('anybody makes a note without signing in; nothing is kept, and no cookie is set', async () => {
  const before = await counts()
  const reader = aReader(node.url)
  const form = await reader.get('/protected-time')
  expect(form.text).toContain('How often would you like half an hour?')
  const note = await reader.post('/protected-time', typed)
  expect(note.status).toBe(200)
  for (const part of [
    'Asha Rao',
    'Product manager',
    '&lt;b&gt;Mo&lt;/b&gt;',
    'Half an hour of working time every two weeks.',
  ])
    expect(note.text).toContain(part)
  expect(note.headers.get('cache-control')).toBe('no-store')
  expect([...reader.cookies.keys()]).toEqual([])
  expect(await counts()).toBe(before)
})

it('the note is in the language that was asked for, whatever the page is in', async () => {
  const note = await aReader(node.url).post('/protected-time', { ...typed, noteLanguage: 'cy' })
  expect(note.text).toContain('<html lang="en"')
  expect(note.text).toContain('<article class="sw-paper sw-paper--half" lang="cy"')
  expect(note.text).toContain('Hanner awr o amser gwaith bob pythefnos.')
})

it('what is missing is said, and what was typed comes back to be changed', async () => {
  const reader = aReader(node.url)
  const answer = await reader.post('/protected-time', { noteName: 'A'.repeat(101), manager: 'Mo' })
  expect(answer.status).toBe(400)
  for (const part of [
    'Choose how often',
    'Your name must be 100 characters or fewer',
    'Choose the language of the note',
    'value="Mo"',
  ])
    expect(answer.text).toContain(part)
  const changing = await reader.post('/protected-time', { ...typed, change: 'yes' })
  expect(changing.text).toContain('value="Asha Rao"')
  expect(changing.text).toMatch(/value="fortnight" checked/)
})

it('who is signed in need not type her name and job again', async () => {
  const asha = await signIn(node, 'asha@north.example')
  await saveFields(node.app, asha.accountId, ashasProfile)
  const form = await asha.get('/protected-time')
  expect(form.text).toContain('value="Asha Rao"')
  expect(form.text).toContain('value="Product manager"')
})
