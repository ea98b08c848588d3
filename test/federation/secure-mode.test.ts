import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { rows } from '../../src/database/database.ts'
import { signedHeaders } from '../../src/federation/cavage.ts'
import { signAs } from '../../src/federation/signed.ts'
import { aStrangersServer, aRemotePerson, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed } from '../support/resident.ts'
import { subscribe } from '../partners/people.ts'

let north: TestNode
let south: TestNode
let ben: string
let stranger: StrangersServer
let strangersKey: KeyObject

beforeAll(async () => {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
  stranger = await aStrangersServer()
  const who = await aResident(north, 'ben')
  await listed(north, who, ['here', 'partners'])
  expect(await north.settle()).toEqual([])
  await subscribe(south, north)
  const [person] = await rows<{ id: string }>(
    north.app.db,
    'select person_id as id from listing where account_id = $1',
    [who.id],
  )
  ben = person?.id ?? ''
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  strangersKey = pair.privateKey
  const actor = aRemotePerson(stranger, 'mallory')
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const document = stranger.documents.get('/users/mallory') as object // what aRemotePerson put there
  stranger.documents.set('/users/mallory', {
    ...document,
    publicKey: { id: `${actor}#main-key`, owner: actor, publicKeyPem: pem },
  })
})
afterAll(() => stranger.close())

type Asker = 'nobody' | 'a stranger' | 'a node of South' | 'the directory of South'

async function ask(path: string, asker: Asker): Promise<{ readonly status: number; readonly text: string }> {
  const url = `${north.url}${path}`
  const plain = new Request(url, { headers: { accept: 'application/activity+json' } })
  const request = await signedBy(plain, asker)
  const answer = await fetch(request, { redirect: 'manual' })
  return { status: answer.status, text: await answer.text() }
}

async function signedBy(request: Request, asker: Asker): Promise<Request> {
  if (asker === 'nobody') return request
  if (asker === 'a stranger') {
    const { host, pathname, search } = new URL(request.url)
    const key = { keyId: `${stranger.origin}/users/mallory#main-key`, privateKey: strangersKey }
    const message = { method: 'GET', target: pathname + search, host, headers: request.headers }
    return new Request(request, { headers: signedHeaders(message, key, new Date()) })
  }
  return (await signAs(south.app, asker === 'the directory of South' ? 'directory' : 'node'))(request)
}

const belowBen = [
  '',
  '/inbox',
  '/outbox',
  '/followers',
  '/following',
  '/featured',
  '/tags',
  '/chat/1',
  '/notes/1',
  '/followers?page=1',
  '/featured?cursor=0',
]

test.each(belowBen)(
  'in partner scope nobody but an approved directory may know of /ap/people/{id}%s',
  async (below) => {
    const unknown = await ask(`/ap/people/zzzzzzzzzzzz${below}`, 'nobody')
    for (const asker of ['nobody', 'a stranger', 'a node of South'] as const) {
      // To the byte what somebody who never was is answered with.
      expect([asker, await ask(`/ap/people/${ben}${below}`, asker)]).toEqual([asker, unknown])
    }
    expect([401, 404, 405]).toContain(unknown.status)
  },
)

test('an approved directory reads the actor in partner scope', async () => {
  const { status, text } = await ask(`/ap/people/${ben}`, 'the directory of South')
  expect([status, (JSON.parse(text) as { id: string }).id]).toEqual([200, `${north.url}/ap/people/${ben}`])
})

const belowDirectory = [
  '/ap/directory/listings',
  '/ap/directory/listings?after=0',
  '/ap/directory/listings?bucket=00&after=0',
  '/ap/directory/listings/statement',
  '/ap/directory/listings/buckets',
]

test.each(belowDirectory)('the directory protocol at %s is for approved directories alone', async (path) => {
  const unknown = await ask('/ap/directory/nothing-of-that-name', 'nobody')
  for (const asker of ['nobody', 'a stranger', 'a node of South'] as const)
    expect([asker, await ask(path, asker)]).toEqual([asker, unknown])
  expect((await ask(path, 'the directory of South')).status).toBe(200)
})

test.each(['/ap/directory/followers', '/ap/directory/following', '/ap/directory/outbox'])(
  '%s tells nobody who is in it',
  async (path) => {
    for (const asker of ['nobody', 'a stranger', 'the directory of South'] as const) {
      const { text } = await ask(path, asker)
      expect(text).not.toContain(south.url)
      expect(text).not.toContain(ben)
    }
  },
)

test('once South is no partner node any more, it is a stranger', async () => {
  await rows(north.app.db, `update partner set follower = 'ended', follower_ended_at = $1`, [north.time])
  const unknown = await ask('/ap/people/zzzzzzzzzzzz', 'nobody')
  expect(await ask(`/ap/people/${ben}`, 'the directory of South')).toEqual(unknown)
})
