import { aNode, type TestNode } from '../support/node.ts'

let node: TestNode
const json = { accept: 'application/activity+json' }

beforeAll(async () => {
  node = await aNode({ settings: { SIDEWAYS_POLICY: 'https://north.example/privacy' } })
})

async function get(path: string, headers: Record<string, string> = json) {
  const answer = await fetch(`${node.url}${path}`, { headers, redirect: 'manual' })
  const text = await answer.text()
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text, json: () => JSON.parse(text) }
}

test('the node’s actor can be read unsigned, so that servers which demand signatures can check ours', async () => {
  const answer = await get('/actor')
  expect(answer.status).toBe(200)
  expect(answer.type).toMatch(/^application\/(activity|ld)\+json/)
  const actor = answer.json()
  expect(actor).toMatchObject({
    id: `${node.url}/actor`,
    type: 'Application',
    publicKey: { id: `${node.url}/actor#main-key`, owner: `${node.url}/actor` },
  })
  expect(actor.publicKey.publicKeyPem).toContain('BEGIN PUBLIC KEY')
})

test('the directory’s actor names its listings, its statement, its protocol and its key', async () => {
  const actor = (await get('/ap/directory')).json()
  expect(actor).toMatchObject({
    id: `${node.url}/ap/directory`,
    type: 'Service',
    preferredUsername: 'directory',
    inbox: `${node.url}/ap/directory/inbox`,
    listings: `${node.url}/ap/directory/listings`,
    statement: `${node.url}/ap/directory/listings/statement`,
    manuallyApprovesFollowers: true,
  })
  expect(actor.generator.implements[0].href).toBe('https://w3id.org/sideways/ns#directory-1')
  expect(actor.assertionMethod[0].publicKeyMultibase).toMatch(/^z6Mk/)
  expect(actor).not.toHaveProperty('totalItems') // fewer than ten
  expect(actor['@context'][0]).toBe('https://www.w3.org/ns/activitystreams')
})

test('WebFinger finds the directory by its handle, by its host’s address and by its id', async () => {
  const { host } = new URL(node.url)
  for (const resource of [
    `acct:directory@${host}`,
    `${node.url}/`,
    `${node.url}/ap/directory`,
    `acct:DIRECTORY@${host}`,
  ]) {
    const answer = await get(`/.well-known/webfinger?resource=${encodeURIComponent(resource)}`)
    expect(answer.status).toBe(200)
    expect(answer.type).toContain('application/jrd+json')
    const self = answer.json().links.find((link: { rel: string }) => link.rel === 'self')
    expect(self).toEqual({ rel: 'self', type: 'application/activity+json', href: `${node.url}/ap/directory` })
  }
  const byHost = (await get(`/.well-known/webfinger?resource=${encodeURIComponent(`${node.url}/`)}`)).json()
  expect(byHost.links).toContainEqual(
    expect.objectContaining({ rel: 'https://www.w3.org/ns/activitystreams#Service', href: `${node.url}/ap/directory` }),
  )
})

test('WebFinger answers an unknown name with 404, and a missing resource with 400', async () => {
  const { host } = new URL(node.url)
  expect((await get(`/.well-known/webfinger?resource=acct:nobody@${host}`)).status).toBe(404)
  expect((await get('/.well-known/webfinger?resource=acct:directory@elsewhere.example')).status).toBe(404)
  expect((await get('/.well-known/webfinger')).status).toBe(400)
})

test('host-meta leads to WebFinger', async () => {
  const answer = await get('/.well-known/host-meta', {})
  expect(answer.type).toContain('application/xrd+xml')
  expect(answer.text).toContain(`${node.url}/.well-known/webfinger?resource={uri}`)
})

test('NodeInfo 2.1 names the software and counts nobody', async () => {
  const links = (await get('/.well-known/nodeinfo', { accept: 'application/json' })).json().links
  expect(links[0].href).toBe(`${node.url}/nodeinfo/2.1`)
  const info = (await get('/nodeinfo/2.1', { accept: 'application/json' })).json()
  expect(info).toMatchObject({ version: '2.1', software: { name: 'sideways' }, protocols: ['activitypub'] })
  expect(info.usage.users).toEqual({})
})

test('the organisation is an object with its sector, country and policy', async () => {
  expect((await get('/ap/org')).json()).toMatchObject({
    type: 'Organization',
    name: 'North Council',
    sector: 'https://w3id.org/sideways/sectors#local-government',
    addressCountry: 'GB',
    privacyPolicy: 'https://north.example/privacy',
  })
})

test('an unknown person, an unknown path and an unknown inbox are all plainly not found', async () => {
  for (const path of [
    '/ap/people/0000000000',
    '/ap/people/0000000000/outbox',
    '/ap/nothing',
    '/ap/people/node',
    '/ap/actor',
    '/ap/gone/x',
  ]) {
    const answer = await get(path)
    expect([path, answer.status]).toEqual([path, 404])
  }
})

test('followers of the directory are nobody’s business', async () => {
  const followers = (await get('/ap/directory/followers')).json()
  expect(followers).not.toHaveProperty('totalItems')
  expect(followers).not.toHaveProperty('first')
})
