import { createPublicKey } from 'node:crypto'
import { day, hour, later } from '../../src/common/clock.ts'
import { topicActor } from '../../src/common/addresses.ts'
import { rows } from '../../src/database/database.ts'
import { claimOf } from '../../src/federation/cavage.ts'
import { decideFollower } from '../../src/federation/follower-actions.ts'
import { keysFromCommandLine, type WhoseKeys } from '../../src/federation/key-command.ts'
import { makeKeys } from '../../src/federation/keys.ts'
import { endScope } from '../../src/listing/actions.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened } from '../support/resident.ts'

let node: TestNode
let mastodon: StrangersServer
let gone: StrangersServer

beforeAll(async () => {
  node = await aNode()
  mastodon = await aStrangersServer()
  gone = await aStrangersServer()
})
// What one test leaves on its way must not come between the next one's letters.
beforeEach(() => rows(node.app.db, 'delete from delivery'))
afterAll(async () => {
  await mastodon.close()
  await gone.close()
})

type Public = { readonly id: string; readonly iri: string }
let made = 0

/** Somebody in public scope, followed from these servers. */
async function aPublicPerson(...servers: readonly StrangersServer[]): Promise<Public> {
  made += 1
  const who = await aResident(node, `asha${made}`)
  await listed(node, who, ['here', 'partners', 'public'])
  expect(await node.settle()).toEqual([])
  const [person] = await rows<{ id: string }>(node.app.db, 'select id from person where handle = $1', [who.handle])
  const id = person?.id ?? ''
  for (const server of servers) {
    const actor = aRemotePerson(server, 'cleo')
    await rows(
      node.app.db,
      `insert into follower (id, person_id, actor, handle, inbox, shared_inbox, follow, state, asked_at)
       values ($1, $2, $3, null, $4, $5, '{}', 'accepted', $6)`,
      [node.app.newId(), id, actor, `${actor}/inbox`, `${server.origin}/inbox`, node.time],
    )
  }
  mastodon.requests.length = 0
  gone.requests.length = 0
  return { id, iri: `${node.url}/ap/people/${id}` }
}

async function pemOf(iri: string): Promise<string> {
  const answer = await fetch(iri, { headers: { accept: 'application/activity+json' } })
  return ((await answer.json()) as { publicKey: { publicKeyPem: string } }).publicKey.publicKeyPem
}

async function rotate(...whose: readonly WhoseKeys[]): Promise<{ readonly changed: number; readonly waiting: number }> {
  const done = await keysFromCommandLine(node.app, { verb: 'rotate', whose, settle: () => node.settle() })
  if (!done || !('changed' in done.keys)) throw new Error('nobody was rotated')
  return done.keys
}

/** The posts that reached a server: their JSON, and whether that key made the signature. */
function posts(server: StrangersServer, pem: string) {
  return server.requests
    .filter(({ method }) => method === 'POST')
    .map(({ path, body, headers }) => {
      const fields = new Headers(
        Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
      )
      const message = { method: 'POST', target: path, headers: fields, body: Buffer.from(body) }
      const claim = claimOf(message, new Date(), { queryMayBeUnsigned: false })
      return {
        // What we wrote ourselves.
        activity: JSON.parse(body) as { type: string; object: { publicKey: { id: string; publicKeyPem: string } } },
        keyId: claim?.keyId.href,
        isSignedBy: claim?.holds(createPublicKey(pem)) ?? false,
      }
    })
}

test('a new key is told by an Update that the old one signs, under the same id, and used from then on', async () => {
  const asha = await aPublicPerson(mastodon)
  const before = await pemOf(asha.iri)
  expect(await rotate({ handle: `asha${made}` })).toEqual({ changed: 1, waiting: 0 })
  const after = await pemOf(asha.iri)
  expect(after).not.toBe(before)
  const [update, ...more] = posts(mastodon, before)
  expect(more).toEqual([])
  expect(update).toMatchObject({ keyId: `${asha.iri}#main-key`, isSignedBy: true, activity: { type: 'Update' } })
  expect(update?.activity.object.publicKey).toMatchObject({ id: `${asha.iri}#main-key`, publicKeyPem: after })
  expect(await rows(node.app.db, 'select 1 from coming_key')).toEqual([])
})

test('where a server does not answer, the old key signs until it does, and what is said meanwhile names the new one', async () => {
  gone.status = 503
  const asha = await aPublicPerson(mastodon, gone)
  const before = await pemOf(asha.iri)
  expect(await rotate({ handle: `asha${made}` })).toEqual({ changed: 0, waiting: 1 })
  expect(await pemOf(asha.iri)).toBe(before)
  expect(await rotate({ handle: `asha${made}` })).toEqual({ changed: 0, waiting: 1 }) // the same pair still

  const told = posts(mastodon, before)[0]?.activity.object.publicKey.publicKeyPem
  gone.status = 202
  node.time = later(node.time, hour)
  expect(await node.settle()).toEqual([])
  await node.runTimetable('federation.switch-keys')
  expect(await pemOf(asha.iri)).toBe(told)
  const [update] = posts(gone, before).slice(-1)
  expect(update).toMatchObject({ isSignedBy: true, activity: { object: { publicKey: { publicKeyPem: told } } } })
})

test('who was told of the new key gets everything after that signed by it, while another server keeps the change waiting', async () => {
  gone.status = 503
  const asha = await aPublicPerson(mastodon, gone)
  const before = await pemOf(asha.iri)
  const owner = await rows<{ id: string }>(node.app.db, 'select account_id as id from person where id = $1', [asha.id])
  const who = { id: owner[0]?.id ?? '', handle: `asha${made}`, language: 'en' } as const
  await rotate({ handle: `asha${made}` })
  const told = posts(mastodon, before)[0]?.activity.object.publicKey.publicKeyPem ?? ''
  mastodon.requests.length = 0
  await opened(node, who)
  await node.settle()
  const after = posts(mastodon, told)
  expect(after.map(({ activity }) => activity.type)).toEqual(['Create', 'Add', 'Update'])
  expect(after.map(({ isSignedBy }) => isSignedBy)).toEqual([true, true, true])
  // Until the other one has its Update, it checks by the former key.
  gone.status = 202
  gone.requests.length = 0
  node.time = later(node.time, hour)
  await node.settle()
  const late = posts(gone, before)
  expect(late.at(-1)?.activity).toMatchObject({ type: 'Update', object: { publicKey: { publicKeyPem: told } } })
  expect(late.every(({ isSignedBy }) => isSignedBy)).toBe(true)
})

test('what waits behind the Update is signed by the new key, in the same turn', async () => {
  const asha = await aPublicPerson(mastodon)
  const before = await pemOf(asha.iri)
  await rows(node.app.db, 'update follower set inbox = shared_inbox where person_id = $1', [asha.id])
  mastodon.status = 503
  await rotate({ handle: `asha${made}` })
  const [follower] = await rows<{ id: string }>(node.app.db, 'select id from follower where person_id = $1', [asha.id])
  await decideFollower(node.app, asha.id, follower?.id ?? '', 'rejected')
  await node.settle()
  mastodon.requests.length = 0
  mastodon.status = 202
  node.time = later(node.time, hour)
  await node.settle()
  const byFormer = posts(mastodon, before).map(({ activity, isSignedBy }) => [activity.type, isSignedBy])
  expect(byFormer).toEqual([
    ['Update', true],
    ['Reject', false],
  ])
  const [update] = posts(mastodon, before)
  const [, reject] = posts(mastodon, update?.activity.object.publicKey.publicKeyPem ?? '')
  expect(reject?.isSignedBy).toBe(true)
})

test('a server that stays away holds up the change for 48 hours and no longer', async () => {
  gone.status = 503
  const asha = await aPublicPerson(gone)
  const before = await pemOf(asha.iri)
  await rotate({ handle: `asha${made}` })
  node.time = later(node.time, 47 * hour)
  await node.settle()
  await node.runTimetable('federation.switch-keys')
  expect(await pemOf(asha.iri)).toBe(before)
  node.time = later(node.time, 2 * hour)
  await node.runTimetable('federation.switch-keys')
  expect(await pemOf(asha.iri)).not.toBe(before)
  gone.status = 202
})

test('a change that died half way goes on: told twice as the same activity, taken into use once', async () => {
  const asha = await aPublicPerson(mastodon)
  const before = await pemOf(asha.iri)
  await keysFromCommandLine(node.app, { verb: 'rotate', whose: [{ handle: `asha${made}` }], settle: async () => [] })
  expect(await pemOf(asha.iri)).toBe(before)
  await node.runTimetable('federation.switch-keys') // nobody was told yet
  expect(await pemOf(asha.iri)).toBe(before)
  expect(await node.settle()).toEqual([])
  await rows(node.app.db, 'update coming_key set announced_at = null')
  await node.app.db.transaction(async (tx) => {
    await rows(
      tx,
      `select graphile_worker.add_job('federation.announce-key', json_build_object('actorId', $1::text))`,
      [asha.id],
    )
  })
  expect(await node.settle()).toEqual([])
  await node.runTimetable('federation.switch-keys')
  expect(posts(mastodon, before)).toHaveLength(1)
  expect(await pemOf(asha.iri)).not.toBe(before)
})

test('the key of the node itself goes to every host that it ever dealt with', async () => {
  await aPublicPerson(mastodon, gone)
  const before = await pemOf(`${node.url}/actor`)
  expect(await rotate('node')).toEqual({ changed: 1, waiting: 0 })
  const after = await pemOf(`${node.url}/actor`)
  expect(after).not.toBe(before)
  for (const server of [mastodon, gone]) {
    const updates = posts(server, before).filter(({ keyId }) => keyId === `${node.url}/actor#main-key`)
    expect(updates).toMatchObject([{ isSignedBy: true, activity: { object: { publicKey: { publicKeyPem: after } } } }])
  }
})

test('followers of a topic are told of its key', async () => {
  const role = 'product-manager'
  await aPublicPerson()
  await makeKeys(node.app, topicActor(role))
  await rows(
    node.app.db,
    `insert into topic_follower (id, topic, actor, inbox, follow, followed_at) values ($1, $2, $3, $4, '{}', $5)
     on conflict do nothing`,
    [node.app.newId(), role, `${mastodon.origin}/users/cleo`, `${mastodon.origin}/users/cleo/inbox`, node.time],
  )
  const iri = `${node.url}/ap/topics/${role}`
  const before = await pemOf(iri)
  await rotate('people')
  const after = await pemOf(iri)
  expect(after).not.toBe(before)
  expect(posts(mastodon, before).filter(({ keyId }) => keyId === `${iri}#main-key`)).toMatchObject([
    { isSignedBy: true, activity: { object: { publicKey: { publicKeyPem: after } } } },
  ])
})

test('who left keeps the key that others have, for her last word', async () => {
  gone.status = 503
  const asha = await aPublicPerson(gone)
  await rotate({ handle: `asha${made}` })
  await rows(node.app.db, 'update person set retired_at = $2 where id = $1', [asha.id, node.time])
  const keyRows = (): Promise<{ number: number }[]> =>
    rows(node.app.db, 'select number from actor_key where actor_id = $1', [asha.id])
  node.time = later(node.time, 3 * day)
  await node.runTimetable('federation.switch-keys')
  await keysFromCommandLine(node.app, { verb: 'replace-stolen', settle: async () => [] })
  expect(await keyRows()).toEqual([{ number: 1 }, { number: 1 }])
  gone.status = 202
})

test('who leaves while her keys change says goodbye to each server by the key that it knows', async () => {
  gone.status = 503
  const asha = await aPublicPerson(mastodon, gone)
  const before = await pemOf(asha.iri)
  await rotate({ handle: `asha${made}` })
  const told = posts(mastodon, before).at(-1)?.activity.object.publicKey.publicKeyPem ?? ''
  const owner = await rows<{ id: string }>(node.app.db, 'select account_id as id from person where id = $1', [asha.id])
  node.time = later(node.time, hour)
  const who = { id: owner[0]?.id ?? '' }
  await endScope(node.app, who, { purpose: 'public', language: 'en', channel: 'page' })
  await node.settle()
  await node.runTimetable('federation.switch-keys')
  gone.status = 202
  gone.requests.length = 0
  for (let look = 0; look < 3; look += 1) {
    node.time = later(node.time, hour)
    await node.settle()
  }
  // Others' letters to the same server may come between hers.
  const hers = (server: StrangersServer, pem: string) =>
    posts(server, pem).filter(({ keyId }) => keyId === `${asha.iri}#main-key`)
  const signed = (server: StrangersServer, pem: string) =>
    hers(server, pem)
      .slice(-2)
      .map(({ activity, isSignedBy }) => [activity.type, isSignedBy])
  expect(signed(mastodon, told)).toEqual([
    ['Update', true],
    ['Delete', true],
  ])
  expect(signed(gone, before)[0]).toEqual(['Update', true])
  expect(signed(gone, told)[1]).toEqual(['Delete', true])
  expect(hers(gone, told).at(-2)?.activity.object.publicKey.publicKeyPem).toBe(told)
})

test('everybody at once; and nobody is named twice, or is not there', async () => {
  const count = await rows(node.app.db, `select 1 from person where retired_at is null`)
  const done = await rotate('people')
  expect(done.changed + done.waiting).toBeGreaterThanOrEqual(count.length)
  await expect(rotate({ handle: 'nobody' })).rejects.toMatchObject({ code: 'person-unknown' })
  expect(
    await keysFromCommandLine(node.app, { verb: 'rotate', whose: ['node', 'people'], settle: async () => [] }),
  ).toBeUndefined()
  expect(await keysFromCommandLine(node.app, { verb: 'show', whose: ['node'], settle: async () => [] })).toBeUndefined()
})
