// Many servers of the fediverse on loopback, each with an address of its own (127.0.1.1, 127.0.1.2, …), since an inbox takes only so
// much from one: they serve their people's actors and take whatever is delivered to them.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { aStrangersServer } from '../test/support/attacker.ts'
import type { Surroundings } from './measure.ts'
import { signed, type Stranger } from './stranger.ts'

/** Starts so many servers with so many people each, who share one key pair, since making one costs a second; stopped at the end. */
export async function startFediverse(around: Surroundings, hosts: number, peopleEach: number): Promise<Stranger> {
  const keeper = await aStrangersServer()
  around.atEnd.defer(() => keeper.close())
  const servers = await Promise.all(Array.from({ length: hosts }, (_, number) => serveOn(number, keeper.pem)))
  around.atEnd.defer(() => {
    for (const { server } of servers) {
      server.closeAllConnections()
      server.close()
    }
  })
  const actors = servers.flatMap(({ origin }) =>
    Array.from({ length: peopleEach }, (_, number) => `${origin}/users/person${number}`),
  )
  return {
    // People of one server are far from each other, so that a row of requests comes from many.
    actors: actors.toSorted((one, other) => one.slice(-1).localeCompare(other.slice(-1))),
    keys: Object.fromEntries(actors.map((actor) => [`${actor}#main-key`, keeper.pem])),
    sign: (actor, origin, request) => signed(keeper, actor, origin, request),
  }
}

async function serveOn(number: number, pem: string): Promise<{ readonly server: Server; readonly origin: string }> {
  const address = `127.0.1.${number + 1}`
  const server = createServer((request, response) => {
    if (request.method === 'POST') return void request.resume().on('end', () => response.writeHead(202).end())
    const actor = `http://${request.headers.host}${request.url}`
    response.writeHead(200, { 'content-type': 'application/activity+json' }).end(JSON.stringify(personOf(actor, pem)))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, address, resolve)
  })
  return { server, origin: `http://${address}:${(server.address() as AddressInfo).port}` }
}

// As Mastodon describes its people.
function personOf(actor: string, publicKeyPem: string) {
  const { origin, pathname } = new URL(actor)
  return {
    '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
    id: actor,
    type: 'Person',
    preferredUsername: pathname.split('/').at(-1),
    name: 'Somebody Else',
    url: actor.replace('/users/', '/@'),
    inbox: `${actor}/inbox`,
    outbox: `${actor}/outbox`,
    followers: `${actor}/followers`,
    endpoints: { sharedInbox: `${origin}/inbox` },
    publicKey: { id: `${actor}#main-key`, owner: actor, publicKeyPem },
  }
}
