import { generateKeyPairSync } from 'node:crypto'
import { later, minute } from '../../../src/common/clock.ts'
import { allowListTools } from '../../../src/federation/allow-lists.ts'
import { findAccount } from '../../../src/federation/alias-lookup.ts'
import { blockListTools } from '../../../src/federation/blocklist.ts'
import { pollPartner } from '../../../src/federation/partner-poll.ts'
import { lookUpPartner } from '../../../src/federation/partner-lookup.ts'
import { rows } from '../../../src/database/database.ts'
import { Refusal } from '../../../src/common/errors.ts'
import { lookAt } from '../../../src/profile/jobs.ts'
import { behaviours, unbelievable, unfit, type Behaviour } from './cases-answers.ts'
import { answering, aScene, aStranger, harmless, tell, timeGoesBy, type Scene, type Stranger } from './scene.ts'
import { anActivity, personIri, post } from './signing.ts'

const seed = Number(process.env['HOSTILE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
let scene: Scene
let before: ReadonlyMap<string, number>
let bad: readonly Behaviour[]
// There is one way out: those that take the whole time are tried with keys and pages.
const slow = /in drops|silence/
let quick: readonly Behaviour[]
let number = 0

beforeAll(async () => {
  scene = await aScene()
  bad = behaviours(scene, seed)
  quick = bad.filter(([name]) => !slow.test(name))
  scene.internet.names.set('inside.example', [['10.0.0.1']])
  expect((await post(scene, { body: anActivity(scene) })).status).toBe(202)
  await scene.quiet()
  scene.logged()
  scene.connected()
  before = await scene.counts()
})
afterAll(() => scene.close())

/** Lets something be fetched from each bad server, several at once; returns what was believed, in words. */
async function fetched(
  cases: readonly Behaviour[],
  believes: (host: string) => Promise<string | undefined>,
): Promise<readonly string[]> {
  const faults: string[] = []
  const left = cases.map((one) => one)
  const heap = process.memoryUsage().heapUsed
  scene.longestDelay()
  const work = async (): Promise<void> => {
    for (let one = left.shift(); one; one = left.shift()) {
      const [name, answer] = one
      const host = `bad${(number += 1)}.example`
      scene.internet.hosts.set(host, (request, response) => answer(request, response, host))
      const begun = performance.now()
      const fault = await believes(host).catch((error: unknown) => `it threw ${String(error)}`)
      if (fault !== undefined) faults.push(`${name}: ${fault}`)
      if (performance.now() - begun > 60_000)
        faults.push(`${name}: it took ${Math.round(performance.now() - begun)} ms`)
    }
  }
  await Promise.all(Array.from({ length: 20 }, work))
  const delay = scene.longestDelay()
  if (delay > 5_000) faults.push(`nothing else ran for ${Math.round(delay)} ms`)
  const grown = process.memoryUsage().heapUsed - heap
  if (grown > 300_000_000) faults.push(`the heap grew by ${grown} bytes`)
  return [...faults, ...(await aftermath())]
}

async function aftermath(): Promise<readonly string[]> {
  await scene.quiet()
  const after = await scene.counts()
  const lines = scene.logged()
  return [
    ...[...after]
      .filter(([table, count]) => count !== before.get(table) && !harmless.has(table))
      .map(([table, count]) => `${table}: ${before.get(table)} rows became ${count}`),
    ...scene.connected().map((address) => `connected to ${address}`),
    ...lines
      .filter((line) => line.startsWith('error') || /\n\s+at |\.ts:\d+/.test(line))
      .map((line) => `logged ${line}`),
  ]
}

const told = (what: string, cases: readonly unknown[]): void => tell(`${cases.length} ${what}, seed ${seed}`)

test('no key comes from a server that answers badly', async () => {
  told('answers about a key', bad)
  const faults = await fetched(bad, async (host) => {
    const { status } = await post(scene, { body: anActivity(scene), keyId: `https://${host}/users/x#main-key` })
    // It takes as long as the server takes; the sender may have to come again.
    return status === 401 || status === 0 ? undefined : `answered ${status}`
  })
  expect(faults).toEqual([])
}, 180_000)

test('no partner node is found on a server that answers badly', async () => {
  told('answers about a partner node', quick)
  const faults = await fetched(quick, async (host) => {
    try {
      return `found ${(await lookUpPartner(scene.node.app, host)).directoryId}`
    } catch (error) {
      if (error instanceof Refusal && error.code.startsWith('partner-')) return undefined
      throw error
    }
  })
  expect(faults).toEqual([])
}, 180_000)

test('no statement, page or key is read from a partner node that answers badly, and its copies stay as they are', async () => {
  told('answers of a partner node', quick)
  const { db } = scene.node.app
  const faults = await fetched(quick, async (host) => {
    const origin = `https://${host}`
    const [partner] = await rows<{ id: number }>(
      db,
      `insert into partner (host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, directory_key,
         following, follower, created_at, updated_at)
       values ($1, $2, $2 || '/ap/directory', $2 || '/inbox', $2 || '/listings', $2 || '/listings/statement', 'Bad', 'Bad',
         'z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw', 'accepted', 'no', $3, $3) returning id`,
      [host, origin, scene.node.time],
    )
    const id = partner?.id ?? 0
    await rows(db, 'insert into origin (origin_id, host, valid_until) values ($1, $2, $3)', [id, host, scene.node.time])
    await pollPartner(scene.node.app, id)
    const [after] = await rows<{ trouble: string | null; cursor: string; statement: string | null; key: string }>(
      db,
      `select o.trouble, o.cursor, o.statement, p.directory_key as key from origin o join partner p on p.id = o.origin_id where p.id = $1`,
      [id],
    )
    await rows(db, 'delete from origin where origin_id = $1', [id])
    await rows(db, 'delete from partner where id = $1', [id])
    await rows(db, 'delete from directory_change where $1 = any (origins)', [id]) // that this test made and ended the origin
    const isUntouched = after?.trouble !== null && Number(after?.cursor) === 0 && after?.statement === null
    return isUntouched ? undefined : `left ${JSON.stringify(after)}`
  })
  expect(faults).toEqual([])
}, 180_000)

test('no account is found on a server that answers badly', async () => {
  told('answers about an account', quick)
  const faults = await fetched(quick, async (host) => {
    const found = await findAccount(scene.node.app, `@cleo@${host}`)
    const byAddress = await findAccount(scene.node.app, `https://${host}/users/cleo`)
    return 'problem' in found && 'problem' in byAddress ? undefined : `found ${JSON.stringify([found, byAddress])}`
  })
  expect(faults).toEqual([])
}, 180_000)

test('no list is read from a server that answers badly', async () => {
  told('answers about lists', quick)
  const faults = await fetched(quick, async (host) => {
    const nodes = await allowListTools.fetchList(scene.node.app, `https://${host}/list.json`)
    const refused = await blockListTools.fetchList(scene.node.app, `https://${host}/list.csv`)
    if (!('trouble' in nodes)) return `read ${JSON.stringify(nodes)}`
    // Any line with a dot may be the name of a server: nobody follows such a list unseen.
    const listed = refused === 'unchanged' || 'trouble' in refused ? 0 : refused.listed.length
    return listed <= 3 ? undefined : `read ${listed} names`
  })
  expect(faults).toEqual([])
}, 180_000)

test('no page of a server that answers badly is a proof of a link', async () => {
  told('answers about a page', bad)
  const mine = [personIri(scene, scene.asha), `${scene.node.url}/@asha`]
  const faults = await fetched(bad, async (host) => {
    const { result } = await lookAt(scene.node.app.outbound, `https://${host}/about`, mine)
    return result === 'verified' ? 'believed' : undefined
  })
  expect(faults).toEqual([])
}, 180_000)

/** An actor on a host of its own whose document is changed so. */
function changed(change: (stranger: Stranger) => Readonly<Record<string, unknown>>): Stranger {
  number += 1
  const stranger = aStranger(scene.internet, `odd${number}.example`, 'eve')
  const document = { ...stranger.document, ...change(stranger) }
  scene.internet.hosts.set(stranger.host, answering(new Map([['/users/eve', document]])))
  return stranger
}

async function follows(stranger: Stranger): Promise<number> {
  const body = anActivity(scene, { id: `${stranger.actor}#follow`, actor: stranger.actor })
  return (await post(scene, { by: stranger, body })).status
}

test('a key is not believed whose owner does not list it, or that is none', async () => {
  told('documents with keys', unbelievable)
  const faults: string[] = []
  for (const [index, [name, change]] of unbelievable.entries()) {
    if (index % 8 === 0) timeGoesBy(scene)
    const status = await follows(changed(change))
    if (status !== 401) faults.push(`${name}: ${status}`)
  }
  expect([...faults, ...(await aftermath())]).toEqual([])
}, 60_000)

test('a key that changed is asked for once a signature fails, and not again within a minute', async () => {
  const eve = changed(() => ({}))
  expect(await follows(eve)).toBe(202)
  const next = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = next.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  let asked = 0
  const document = { ...eve.document, publicKey: { id: eve.keyId, owner: eve.actor, publicKeyPem: pem } }
  scene.internet.hosts.set(eve.host, (request, response) => {
    asked += request.method === 'GET' ? 1 : 0
    answering(new Map([['/users/eve', document]]))(request, response)
  })
  const like = (key: Stranger['privateKey']): Promise<{ readonly status: number }> =>
    post(scene, {
      by: eve,
      key,
      body: anActivity(scene, { id: `${eve.actor}#${Math.random()}`, actor: eve.actor, type: 'Like' }),
    })
  scene.node.time = later(scene.node.time, 2 * minute)
  expect((await like(next.privateKey)).status).toBe(202)
  expect(asked).toBe(1)
  // The former one is nobody's any more, and asking again and again would be an attack of ours.
  for (let time = 0; time < 10; time += 1) expect((await like(eve.privateKey)).status).toBe(401)
  expect(asked).toBe(1)
  scene.node.time = later(scene.node.time, 2 * minute)
  expect((await like(eve.privateKey)).status).toBe(401)
  expect(asked).toBe(2)
  await scene.quiet()
  before = await scene.counts() // she follows Asha, which is right
})

test('nobody follows whose inbox is not on her own server', async () => {
  told('documents with inboxes', unfit)
  const faults: string[] = []
  for (const [name, change] of unfit) {
    const status = await follows(changed(change))
    if (status !== 202 && status !== 401) faults.push(`${name}: ${status}`)
  }
  expect([...faults, ...(await aftermath())]).toEqual([])
}, 60_000)
