import { signRequest } from '@fedify/fedify'
import { rows } from '../../src/database/database.ts'
import { settlePosts } from '../../src/federation/note-actions.ts'
import { allowScope, closeToChat, endScope } from '../../src/listing/actions.ts'
import { listingOf, publicPerson } from '../../src/listing/views.ts'
import { chooseHandle, saveFields } from '../../src/profile/actions.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'

// What somebody took back stays taken back, whatever was on its way, waiting, or asked for at the same moment.

let node: TestNode
let mastodon: StrangersServer
let cleo: string
let asha: Resident

beforeEach(async () => {
  node = await aNode({ settings: { SIDEWAYS_ACCEPT_FOLLOWERS: 'automatic' } })
  mastodon = await aStrangersServer()
  cleo = aRemotePerson(mastodon, 'cleo')
  asha = await aResident(node)
  await listed(node, asha, ['public'])
  await settled()
  const follow = {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${mastodon.origin}/f/1`,
    type: 'Follow',
    actor: cleo,
    object: await actor(),
  }
  const request = new Request(`${node.url}/ap/inbox`, {
    method: 'POST',
    headers: { 'content-type': 'application/activity+json' },
    body: JSON.stringify(follow),
  })
  await fetch(
    await signRequest(request, mastodon.rsa.privateKey, new URL(`${cleo}#main-key`), {
      spec: 'draft-cavage-http-signatures-12',
    }),
  )
  await settled()
  expect(sent()).toEqual(['Accept'])
})

afterEach(() => mastodon.close())

async function actor(): Promise<string> {
  return `${node.url}/ap/people/${(await listingOf(node.app.db, asha.id))?.personId}`
}

async function settled(): Promise<void> {
  expect(await node.settle()).toEqual([])
}

function sent(): string[] {
  return mastodon.requests.filter(({ method }) => method === 'POST').map(({ body }) => String(JSON.parse(body).type))
}

/** Time goes on by an hour, and what waits for its next try is tried. */
async function anHourLater(): Promise<void> {
  node.time = new Date(node.time.getTime() + 3_600_000)
  await settled()
}

test('an Update that waits for a server which is down is not sent after she withdrew, but the Delete is', async () => {
  mastodon.status = 503
  await saveFields(node.app, asha.id, { introduction: 'Words that she takes back.' })
  await settled()
  expect(sent()).toEqual(['Accept', 'Update'])
  node.time = new Date(node.time.getTime() + 1000)
  await endScope(node.app, asha, { purpose: 'public', language: 'en', channel: 'page' })
  mastodon.status = 202
  await anHourLater()
  // To each inbox that ever got something, her own and the shared one: first her actor, blank.
  expect(sent().slice(2).toSorted()).toEqual(['Delete', 'Delete', 'Update', 'Update'])
  expect(
    mastodon.requests
      .slice(-4)
      .map(({ body }) => body)
      .join(''),
  ).not.toContain('Words that she takes back.')
})

test('of two Updates that wait, only the newer is sent', async () => {
  mastodon.status = 503
  await saveFields(node.app, asha.id, { introduction: 'The first words.' })
  await settled()
  await saveFields(node.app, asha.id, { introduction: 'The second words.' })
  await settled()
  mastodon.status = 202
  const before = mastodon.requests.length
  await anHourLater()
  const bodies = mastodon.requests.slice(before).map(({ body }) => body)
  expect(bodies).toHaveLength(1)
  expect(bodies[0]).toContain('The second words.')
})

test('a flag that closes while its Note is being written is announced and taken back, or never announced', async () => {
  const personId = (await listingOf(node.app.db, asha.id))?.personId ?? ''
  for (let round = 0; round < 6; round += 1) {
    await opened(node, asha)
    await Promise.all([settlePosts(node.app, personId), closeToChat(node.app, asha)])
    await settled()
    expect(await rows(node.app.db, 'select 1 from note where number is not null and deleted_at is null')).toEqual([])
  }
})

test('a Note is gone at the end of its flag, even when the job that deletes it is late', async () => {
  await opened(node, asha, 2)
  await settled()
  const note = `${await actor()}/notes/1`
  expect((await fetch(note)).status).toBe(200)
  node.time = new Date(node.time.getTime() + 100 * 3_600_000)
  expect((await fetch(note)).status).toBe(410)
})

test('a field that she does not choose when she goes public again is not public, though it was before', async () => {
  const introduction = async () => {
    const personId = (await listingOf(node.app.db, asha.id))?.personId ?? ''
    return (await publicPerson(node.app.db, node.time, { personId }))?.document.summary
  }
  expect(await introduction()).toBeDefined()
  await endScope(node.app, asha, { purpose: 'public', language: 'en', channel: 'page' })
  await chooseHandle({ ...node.app, hashingKey: node.app.secrets.hashing }, asha.id, 'asha_again')
  await allowScope(node.app, asha, { purpose: 'public', language: 'en', channel: 'page', choices: ['sector'] })
  expect(await introduction()).toBeUndefined()
})

test('somebody whose account is closed cannot be listed by a yes that comes late', async () => {
  await rows(node.app.db, `update account set state = 'closed' where id = $1`, [asha.id])
  await expect(allowScope(node.app, asha, { purpose: 'here', language: 'en', channel: 'page' })).rejects.toMatchObject({
    code: 'account-closed',
  })
})
