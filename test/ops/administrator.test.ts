import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Router } from 'express'
import { startLogging } from '../../src/common/log.ts'
import { rows } from '../../src/database/database.ts'
import { backup } from '../../src/ops/backup.ts'
import { freshDatabase } from '../support/database.ts'
import { agreed, anOpenResident, asked, aSlot, chatWords } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

// IG4: no role, report, export or API gives the host a pair, a request text, a time or a place. Every route of the running server is
// called as somebody who is administrator and moderator: the routes are those that were registered, so a new one is called too.

type Route = { readonly path: string; readonly methods: readonly string[] }

/** Every route that is registered from now on. */
function watchedRoutes(): () => readonly Route[] {
  const seen: { readonly path: unknown; readonly route: { readonly methods: Record<string, boolean> } }[] = []
  // Express's own prototype: whoever registers a route goes through it.
  const prototype = Router.prototype as {
    route: (this: unknown, path: unknown) => { readonly methods: Record<string, boolean> }
  }
  const original = prototype.route
  prototype.route = function (path) {
    const route = original.call(this, path)
    seen.push({ path, route })
    return route
  }
  return () =>
    seen.map(({ path, route }) => {
      if (typeof path !== 'string') throw new Error('a route without a written path')
      return { path, methods: Object.keys(route.methods) }
    })
}

let node: TestNode
let routes: readonly Route[]
let administrator: SignedIn
let databaseUrl: string
let secrets: readonly string[]
let people: readonly string[]
let before: ReadonlyMap<string, string>
let after: ReadonlyMap<string, string>
const wellKnown = ['asha', '1', 'first-chat', 'roles']
const log: string[] = []

beforeAll(async () => {
  const watched = watchedRoutes()
  databaseUrl = await freshDatabase()
  const write = process.stderr.write.bind(process.stderr)
  process.stderr.write = (text: string | Uint8Array) => {
    log.push(String(text))
    return true
  }
  try {
    await startLogging('debug')
    node = await aNode({ databaseUrl, settings: { SIDEWAYS_OPEN_DATA: 'true' } })
    routes = watched()
    administrator = await signIn(node, 'ada@north.example', 'administrator')
    await rows(node.app.db, 'update account set moderates = true where id = $1', [administrator.accountId])
    const asha = await anOpenResident(node, 'asha', 'Asha Rao')
    const ben = await anOpenResident(node, 'ben', 'Ben Okafor')
    const cleo = await anOpenResident(node, 'cleo', 'Cleo Marsh')
    expect(await node.settle()).toEqual([])
    people = [
      asha.id,
      ...(await rows<{ id: string }>(node.app.db, 'select id from person limit 1')).map(({ id }) => id),
    ]
    before = await readEverything()
    await asked(node, ben, 'Asha Rao')
    await agreed(node, asha)
    await asked(node, cleo, 'Ben Okafor')
    expect(await node.settle()).toEqual([])
    after = await readEverything()
    const chats = await rows<{ id: string; offer: string; agreement: string | null; context: string }>(
      node.app.db,
      'select id, offer, agreement, context from chat',
    )
    const slot = aSlot(node)
    const mark = (text: string): string => text.split(/[ :,]/)[0] ?? text
    secrets = [
      ...Object.values(chatWords).map(mark),
      ...chats.flatMap(({ offer, agreement, context }) =>
        [offer, agreement ?? offer, context].map((iri) => iri.slice(iri.lastIndexOf('/') + 1)),
      ),
      slot.from.toISOString().slice(0, 16),
      String(slot.from.getTime()),
    ]
    await callEverything([...chats.map(({ id }) => id), ...people, ...wellKnown])
  } finally {
    process.stderr.write = write
  }
}, 300_000)

const answers: { readonly what: string; readonly status: number; readonly text: string }[] = []

function filled(path: string, ids: readonly string[]): readonly string[] {
  return path.includes(':') ? ids.map((id) => path.replaceAll(/:[a-z]+/gi, id)) : [path]
}

/** What can be read without changing anything, by address. */
async function readEverything(): Promise<ReadonlyMap<string, string>> {
  const read = new Map<string, string>()
  for (const { path, methods } of routes)
    for (const address of methods.includes('get') ? filled(path, [...people, ...wellKnown]) : [])
      read.set(address, withoutNonce((await administrator.get(address)).text))
  return read
}

// Each answer has one of its own.
function withoutNonce(text: string): string {
  return text.replaceAll(/nonce="[^"]*"|name="id" value="[^"]*"/g, '')
}

/** Each route with each id that there is in each of its gaps; a form with what it might want. */
async function callEverything(ids: readonly string[]): Promise<void> {
  for (const { path, methods } of routes) {
    for (const address of filled(path, ids)) {
      if (methods.includes('get')) {
        const { status, text } = await administrator.get(address)
        answers.push({ what: `GET ${address}`, status, text })
      }
      if (methods.includes('post') && isHarmless(path)) {
        const { status, text } = await administrator.post(address, { slot: '0', text: 'x', place: 'x', confirm: 'yes' })
        answers.push({ what: `POST ${address}`, status, text })
      }
    }
  }
}

// What ends the administrator's own session, or somebody's account, would end the test.
function isHarmless(path: string): boolean {
  return !/sign-out|sign-in|\/close$|withdraw$|\/language|role$/.test(path) || path.startsWith('/me/chats')
}

test('every route was called, and most of them answered', () => {
  expect(routes.length).toBeGreaterThan(150)
  expect(answers.length).toBeGreaterThan(routes.length)
  expect(answers.filter(({ status }) => status >= 500).map(({ what, status }) => `${what} ${status}`)).toEqual([])
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(60)
})

test('no answer to an administrator has a word, a time, a place or an address of a chat', () => {
  const told = answers.flatMap(({ what, text }) =>
    secrets.filter((secret) => text.includes(secret)).map((secret) => `${what} tells ${secret}`),
  )
  expect(told).toEqual([])
})

test('an administrator reads the same whether two people are introduced or not', () => {
  expect(before.size).toBeGreaterThan(150)
  expect([...before.keys()].filter((address) => before.get(address) !== after.get(address))).toEqual([])
})

test('nothing that an administrator did changed a chat', async () => {
  const standing = await rows<{ standing: string; count: number }>(
    node.app.db,
    'select standing, count(*)::int as count from chat group by 1 order by 1',
  )
  expect(standing).toEqual([
    { standing: 'arranged', count: 2 },
    { standing: 'requested', count: 2 },
  ])
})

test('the log, in all its detail, has nothing of a chat', () => {
  expect(log.length).toBeGreaterThan(0)
  const text = log.join('')
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
})

test('a backup has nothing of a chat', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sideways-administrator-'))
  try {
    const file = join(folder, 'backup')
    await backup(databaseUrl, file)
    const text = gunzipSync(await readFile(file)).toString('utf8')
    expect(text).toContain('Asha Rao')
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
