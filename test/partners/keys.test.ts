import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { day, hour, later, minute } from '../../src/common/clock.ts'
import { fingerprint, multikey } from '../../src/common/multibase.ts'
import { rows } from '../../src/database/database.ts'
import { keysFromCommandLine } from '../../src/federation/key-command.ts'
import { lookUpPartner } from '../../src/federation/partner-lookup.ts'
import { partnerTools } from '../../src/federation/partner-tools.ts'
import { approve, follow, leave } from '../../src/partners/actions.ts'
import { trustNewKey } from '../../src/partners/key-actions.ts'
import { trustKeyFromCommandLine } from '../../src/partners/key-command.ts'
import { freshDatabase } from '../support/database.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { signIn } from '../support/sign-in.ts'
import { hostOf, listing, publish, settleAll, settleUndo, shownAt, startAfresh, subscribe, theOnly } from './people.ts'

let north: TestNode
let south: TestNode

beforeAll(twoNodes)

async function twoNodes(): Promise<void> {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice', SIDEWAYS_COUNTRY: 'IE' } })
}

let turns = 0

beforeEach(async () => {
  turns += 1
  for (const node of [north, south]) {
    await startAfresh(node)
    // What the nodes remember of each other's keys is of another time.
    node.time = later(node.time, turns * hour)
    await rows(node.app.db, 'delete from key_change')
  }
})

type PartnerRow = {
  id: number
  directory_key: string
  offered_key: string | null
  former_key: string | null
  key_changed_at: Date | null
}
type OriginRow = {
  valid_until: Date
  hidden: boolean
  trouble: string | null
  statement: string | null
  epoch: string
}

const theirs = (node: TestNode): Promise<PartnerRow> => theOnly<PartnerRow>(node, 'partner')
const origin = (node: TestNode): Promise<OriginRow> => theOnly<OriginRow>(node, 'origin')

async function keys(node: TestNode, verb: 'show' | 'rotate' | 'replace-stolen') {
  const done = await keysFromCommandLine(node.app, { verb, settle: () => node.settle() })
  if (!done || !('fingerprint' in done.keys)) throw new Error(`keys has no ${verb}`)
  // Nobody asks for the same key twice within a minute.
  if (verb !== 'show') for (const one of [north, south]) one.time = later(one.time, minute)
  return done.keys
}

/** An hour goes by, and with it the next poll. */
async function anHourLater(...nodes: readonly TestNode[]): Promise<void> {
  for (const node of nodes) node.time = later(node.time, hour)
  await settleAll(...nodes)
}

/** Has the changes that a node serves altered, as somebody would who has its address and not its keys. */
async function forge(node: TestNode, sql: string, ...values: readonly unknown[]): Promise<void> {
  await rows(node.app.db, `update key_change set document = (${sql})::text`, [...values])
}

function aKey(): string {
  return multikey(generateKeyPairSync('ed25519').publicKey)
}

describe('somebody who has the address of a partner and not its keys', () => {
  test('reads nothing, though the directory there shows the pinned key', async () => {
    await twoNodes()
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    const stolenAddress = await takeOver(south)
    await publish(north, listing(north, 'bo0001'))
    await settleAll(north)
    for (const node of [north, south]) node.time = later(node.time, 2 * minute)
    await rows(stolenAddress.app.db, 'update origin set etag = null')
    await stolenAddress.settle()
    expect(await origin(south)).toMatchObject({ trouble: 'not-allowed' })
    expect(await shownAt(south)).toEqual(['Person asha01'])
    expect(await theOnly(north, 'partner')).toMatchObject({ vouches: true, follower: 'accepted', their_have: '1' })
  })
})

/** Puts other private keys and another RSA key in the place of a node's own; its directory shows the Ed25519 key that partners pinned. */
async function takeOver(node: TestNode): Promise<TestNode> {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ed25519 = generateKeyPairSync('ed25519')
  const jwk = (key: KeyObject, extra: object): string => JSON.stringify({ ...key.export({ format: 'jwk' }), ...extra })
  const ours = { key_ops: ['sign'], ext: true }
  await rows(
    node.app.db,
    `update actor_key set private_jwk = $1, public_jwk = $2, number = number + 1 where actor_id = 'directory' and kind = 'rsa'`,
    [
      jwk(rsa.privateKey, { alg: 'RS256', ...ours }),
      jwk(rsa.publicKey, { alg: 'RS256', key_ops: ['verify'], ext: true }),
    ],
  )
  await rows(
    node.app.db,
    `update actor_key set private_jwk = $1, number = number + 1 where actor_id = 'directory' and kind = 'ed25519'`,
    [jwk(ed25519.privateKey, ours)],
  )
  return node
}

describe('a node that changes its keys', () => {
  test('is read on without anybody doing anything', async () => {
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    const before = await theirs(south)
    const rotated = await keys(north, 'rotate')
    await settleAll(north, south)

    const after = await theirs(south)
    expect(after.directory_key).not.toBe(before.directory_key)
    expect(fingerprint(after.directory_key)).toBe(rotated.fingerprint)
    expect(after).toMatchObject({ offered_key: null, former_key: null, key_changed_at: south.time })
    expect(await origin(south)).toMatchObject({ hidden: false, trouble: null })
    expect((await origin(south)).statement).toContain(`#ed25519-${rotated.number}"`)
    expect(await shownAt(south)).toEqual(['Person asha01'])
    expect(south.mails).toEqual([])

    // Doorbells, polls and pages go on with the new RSA key.
    await publish(north, listing(north, 'bo0001'))
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual(['Person asha01', 'Person bo0001'])
    expect(await rows(north.app.db, `select 1 from delivery where state <> 'delivered'`)).toEqual([])
  })

  test('goes on reading others, who accept what its new keys sign', async () => {
    await twoNodes()
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    await keys(south, 'rotate')
    // A node asks for the newer key of another at most once a minute.
    for (const node of [north, south]) node.time = later(node.time, minute)
    await settleAll(south, north)
    await publish(north, listing(north, 'bo0001'))
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual(['Person asha01', 'Person bo0001'])
  })

  test('twice, while a partner was away, is found at the first poll after', async () => {
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    await keys(north, 'rotate')
    await keys(north, 'rotate')
    await rows(north.app.db, `delete from delivery`)
    await anHourLater(north, south)
    expect(fingerprint((await theirs(south)).directory_key)).toBe((await keys(north, 'show')).fingerprint)
    expect(await origin(south)).toMatchObject({ hidden: false, trouble: null })
  })

  test('may ask a node that had pinned its former key', async () => {
    await twoNodes()
    await subscribe(south, north)
    const before = await theirs(north)
    await keys(south, 'rotate')
    // The subscription is lost on the way and asked for again.
    await rows(south.app.db, `update partner set following = 'ended'`)
    await follow(south.app, await partnerTools.lookUp(south.app, hostOf(north)))
    await settleAll(south, north)
    expect((await theirs(north)).directory_key).not.toBe(before.directory_key)
    expect(await theOnly<{ following: string }>(south, 'partner')).toMatchObject({ following: 'accepted' })
  })

  test('shows every change to everybody, each signed by the key that it ended', async () => {
    const first = await lookUpPartner(south.app, hostOf(north))
    await keys(north, 'rotate')
    const second = await lookUpPartner(south.app, hostOf(north))
    const answer = await fetch(`${north.url}/ap/directory/keys`)
    expect(answer.headers.get('cache-control')).toBe('public, max-age=60')
    const { number } = await keys(north, 'show')
    expect(await answer.json()).toMatchObject({
      id: `${north.url}/ap/directory/keys`,
      type: 'OrderedCollection',
      attributedTo: `${north.url}/ap/directory`,
      orderedItems: [
        {
          type: 'DirectoryKeyChange',
          number,
          formerKey: first.directoryKey,
          newKey: second.directoryKey,
          proof: { verificationMethod: `${north.url}/ap/directory#ed25519-${number - 1}` },
        },
      ],
    })
  })

  test('signs nothing more with the former keys, in no process', async () => {
    const databaseUrl = await freshDatabase()
    const web = await aNode({ databaseUrl })
    const worker = await aNode({ databaseUrl, settings: { SIDEWAYS_ORIGIN: web.url } })
    await subscribe(south, web)
    await keys(worker, 'rotate')
    await settleAll(worker, south)
    const { number } = await keys(web, 'show')
    expect(number).toBe(2)
    expect((await origin(south)).statement).toContain(`#ed25519-${number}"`)
    expect(await origin(south)).toMatchObject({ trouble: null })
  })
})

describe('a key that nothing vouches for', () => {
  beforeAll(twoNodes)
  beforeEach(async () => {
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    await keys(north, 'rotate')
    // South has not looked yet.
    for (const node of [north, south]) await rows(node.app.db, 'delete from graphile_worker._private_jobs')
  })

  async function isOffered(): Promise<void> {
    const before = await theirs(south)
    await publish(north, listing(north, 'bo0001'))
    await anHourLater(north, south)
    const after = await theirs(south)
    const { fingerprint: shown } = await keys(north, 'show')
    expect(after.directory_key).toBe(before.directory_key)
    expect(fingerprint(after.offered_key ?? '')).toBe(shown)
    expect(await origin(south)).toMatchObject({ trouble: 'key-changed' })
    expect(await shownAt(south)).toEqual(['Person asha01'])
  }

  test('is only offered where the changes are gone', async () => {
    await rows(north.app.db, 'delete from key_change')
    await isOffered()
  })

  test.each([
    ['names another new key', `select jsonb_set(document::jsonb, '{newKey}', to_jsonb($1::text))`],
    ['names another former key', `select jsonb_set(document::jsonb, '{formerKey}', to_jsonb($1::text))`],
    ['was altered', `select jsonb_set(document::jsonb, '{number}', to_jsonb(9000 + length($1::text)))`],
    ['is unreadable', `select to_jsonb($1::text)`],
  ])('is only offered where the change %s', async (_what, sql) => {
    await forge(north, sql, aKey())
    await isOffered()
  })

  test('is only offered where a change between is missing', async () => {
    await keys(north, 'rotate')
    await rows(north.app.db, 'delete from key_change where number = (select min(number) from key_change)')
    await isOffered()
  })

  test('is told to administrators once, and forgotten when the node shows the pinned key again', async () => {
    await rows(
      south.app.db,
      `insert into account (id, mail, role, state, language, created_at)
      values ('a1', 'admin@south.example', 'administrator', 'active', 'en', now()) on conflict do nothing`,
    )
    const [former] = await rows<{ document: string }>(north.app.db, 'select document from key_change')
    await rows(north.app.db, 'delete from key_change')
    await isOffered()
    await anHourLater(north, south)
    expect(south.mails.filter(({ text }) => text.includes(hostOf(north)))).toHaveLength(1)
    await rows(
      north.app.db,
      `insert into key_change (number, former_key, new_key, changed_at, document)
      select ($1::json ->> 'number')::int, $1::json ->> 'formerKey', $1::json ->> 'newKey', now(), $1`,
      [former?.document],
    )
    await anHourLater(north, south)
    expect(await theirs(south)).toMatchObject({ offered_key: null })
    expect(await origin(south)).toMatchObject({ trouble: null })
  })
})

describe('a node whose keys were stolen', () => {
  beforeEach(async () => {
    await twoNodes()
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    await subscribe(north, south)
  })

  test('is believed again only when an administrator has compared the new key, and then in a new epoch', async () => {
    const before = await origin(south)
    await keys(north, 'rotate')
    await settleAll(north, south)
    const pinned = (await theirs(south)).directory_key
    const replaced = await keys(north, 'replace-stolen')
    expect(replaced.changes).toEqual([])
    await publish(north, listing(north, 'bo0001'))
    await settleAll(north, south)

    const offered = await theirs(south)
    expect(offered.directory_key).toBe(pinned)
    expect(fingerprint(offered.offered_key ?? '')).toBe(replaced.fingerprint)
    expect(await origin(south)).toMatchObject({ trouble: 'key-changed', epoch: before.epoch })
    expect(await shownAt(south)).toEqual(['Person asha01'])

    await expect(trustNewKey(south.app, offered.id, aKey())).rejects.toThrow('partner-key-changed')
    await expect(
      trustKeyFromCommandLine(south.app, { host: hostOf(north), typed: [fingerprint(pinned)] }),
    ).rejects.toThrow('partner-key-changed')
    await trustKeyFromCommandLine(south.app, { host: hostOf(north), typed: replaced.fingerprint.split(' ') })
    await settleAll(south, north)
    expect(await theirs(south)).toMatchObject({ directory_key: offered.offered_key, offered_key: null })
    const after = await origin(south)
    expect(after).toMatchObject({ trouble: null, hidden: false })
    expect(after.epoch).not.toBe(before.epoch)
    expect(await shownAt(south)).toEqual(['Person asha01', 'Person bo0001'])
  })

  test('is shown until its lease ends where nobody compares, and reads nothing more meanwhile', async () => {
    await publish(south, listing(south, 'ben001'))
    await settleAll(south, north)
    await keys(north, 'replace-stolen')
    await settleAll(north, south)
    await publish(south, listing(south, 'cat001'))
    await settleAll(south, north)
    expect(await shownAt(north)).toEqual(['Person ben001'])
    for (const node of [north, south]) node.time = later(node.time, 8 * day)
    await settleAll(south, north)
    expect(await shownAt(south)).toEqual([])
    expect(await shownAt(north)).toEqual([])
  })

  test('has new keys for every actor', async () => {
    const before = await rows<{ jwk: string }>(north.app.db, 'select public_jwk as jwk from actor_key order by 1')
    await keys(north, 'replace-stolen')
    const after = await rows<{ jwk: string }>(north.app.db, 'select public_jwk as jwk from actor_key order by 1')
    expect(after).toHaveLength(before.length)
    for (const { jwk } of after) expect(before).not.toContainEqual({ jwk })
  })
})

test('a node that begins again with another key says so on its card, until somebody has compared', async () => {
  const admin = await signIn(south, 'admin@south.example', 'administrator')
  await subscribe(south, north)
  const before = await theirs(south)
  await leave(south.app, hostOf(north))
  await settleUndo(south, north)
  await keys(north, 'replace-stolen')
  await follow(north.app, await lookUpPartner(north.app, hostOf(south)))
  await settleAll(north, south)
  expect(await theirs(south)).toMatchObject({ former_key: before.directory_key, offered_key: null })
  const page = await admin.get(`/administration/partners/${before.id}/approve`)
  expect(page.text).toContain(`The fingerprint before was ${fingerprint(before.directory_key)}`)
  await approve(south.app, hostOf(north))
  expect(await theirs(south)).toMatchObject({ former_key: null })
})
