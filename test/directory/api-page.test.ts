import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makePersonalToken } from '../../src/accounts/token-actions.ts'
import { tokenScopes } from '../../src/accounts/token.ts'
import { paths } from '../../src/common/paths.ts'
import { conceptIri } from '../../src/common/vocabularies.ts'
import { indexEntries } from '../../src/directory/steps.ts'
import { documented } from '../support/documented.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'
import { aResident, listed, opened } from '../support/resident.ts'

const page = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8')
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp('^```' + language + '\n([^]*?)^```', 'gm'))].map((match) => match[1] ?? '')

let node: TestNode
const given: Record<string, string> = {}

beforeAll(async () => {
  node = await aNode({ settings: { SIDEWAYS_OPEN_DATA: 'true' } })
  const asha = await aResident(node)
  await listed(node, asha, ['here', 'public'])
  await opened(node, asha)
  await node.app.db.transaction(async (tx) => {
    await addOrigin(tx, 7, 'north.example')
    const occupation = conceptIri('roles', 'product-manager')
    const people = Array.from({ length: 45 }, (_, number) =>
      inventedPerson(number, 'https://north.example', {
        name: `Open ${number}`,
        hasOccupation: [{ type: 'Occupation', name: 'Product manager', occupationalCategory: occupation }],
        peerChat: flagOf(number),
      }),
    )
    await indexEntries(
      tx,
      node.app.secrets.order,
      people.map((document) => ({ originId: 7, audience: 'members' as const, document })),
    )
  })
  const wish = { id: node.app.newId(), name: 'The page', scopes: [...tokenScopes], days: 30 }
  const first = (await (await fetch(node.url + paths.apiListings)).json()) as { items: { key: string }[] }
  Object.assign(given, {
    NODE: node.url,
    TOKEN: await makePersonalToken(node.app, asha, wish),
    KEY: first.items[0]?.key ?? '',
  })
})

function flagOf(number: number) {
  const person = inventedPerson(number, 'https://north.example')
  const seeds = Array.from({ length: 50 }, (_, seed) => inventedPerson(seed, 'https://north.example').peerChat)
  const flag = seeds.find((one) => one !== undefined)
  if (!flag) throw new Error('nobody is open')
  return { ...flag, attributedTo: person.featuredObject }
}

type Asked = { readonly url: string; readonly init: RequestInit; readonly status: number }

// Only what the page uses of curl.
function askedBy(line: string): Asked {
  const text = line.replaceAll(/\$([A-Z]+)/g, (_, name: string) => given[name] ?? '')
  const headers = [...text.matchAll(/-H "([^:]+): ([^"]*)"/g)].map((match): [string, string] => [
    match[1]?.toLowerCase() ?? '',
    match[2] ?? '',
  ])
  return {
    url: /"(http[^"]+)"/.exec(text)?.[1] ?? '',
    init: { method: /-X (\w+)/.exec(text)?.[1] ?? 'GET', headers: { accept: '*/*', ...Object.fromEntries(headers) } },
    status: Number(/# (\d{3})$/.exec(text)?.[1] ?? 200),
  }
}

const lines = blocks('sh')
  .flatMap((block) => block.split('\n'))
  .filter((line) => line.startsWith('curl '))

test('the page has examples', () => {
  expect(lines.length).toBeGreaterThan(12)
})

test.each(lines.map((line) => ({ line })))('docs/api.md: $line', async ({ line }) => {
  const { url, init, status } = askedBy(line)
  const answer = await fetch(url, init)
  const text = await answer.text()
  expect([line, answer.status]).toEqual([line, status])
  if (init.method !== 'GET') return // nothing else is described for other methods
  const path = new URL(url).pathname.replace(given['KEY'] ?? '', '{key}')
  documented(path, { status, text, headers: answer.headers })
})

test('docs/api.md: the program for an intranet runs and goes through every page', async () => {
  const [program = ''] = blocks('js')
  const folder = await mkdtemp(join(tmpdir(), 'sideways-api-'))
  try {
    await writeFile(join(folder, 'people.mjs'), program)
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'people.mjs')], {
      env: { ...process.env, ...given },
    })
    const shown = stdout.trim().split('\n')
    expect(shown).toHaveLength(46)
    expect(new Set(shown).size).toBe(46)
    expect(shown.filter((line) => line.startsWith('Asha Rao, North Council: '))).toHaveLength(1)
  } finally {
    await rm(folder, { recursive: true })
  }
})
