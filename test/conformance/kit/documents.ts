import { createPublicKey, type KeyObject } from 'node:crypto'
import { multikey } from '../../../src/common/multibase.ts'
import type { Keys } from './keys.ts'
import type { Places, Reply } from './node.ts'
import type { Incoming } from './signer.ts'
import { linkedDataJson } from './wire.ts'

/** What anybody may read of the kit: its actors, its organisation, and WebFinger. */
export function documentsOf(at: Places, keys: Keys, name: string): (incoming: Incoming) => Reply {
  const documents = new Map<string, object>([
    [at.node, nodeDocument(at, keys)],
    [at.directory, directoryDocument(at, keys, name)],
    [at.organisation, { '@context': contexts, id: at.organisation, type: 'Organization', name, addressCountry: 'GB' }],
  ])
  const origin = new URL(at.node).origin
  return ({ method, path, query }) => {
    if (method !== 'GET') return { status: 404 }
    if (path === '/.well-known/webfinger') return webfinger(at, query.get('resource'))
    const document = documents.get(origin + path)
    return document
      ? { status: 200, headers: { 'content-type': linkedDataJson }, body: JSON.stringify(document) }
      : { status: 404 }
  }
}

function webfinger(at: Places, resource: string | null): Reply {
  const { origin, host } = new URL(at.node)
  const subject = `acct:directory@${host}`
  if (resource !== `${origin}/` && resource !== origin && resource !== subject) return { status: 404 }
  const links = [
    { rel: 'self', type: 'application/activity+json', href: resource === subject ? at.directory : at.node },
    { rel: 'https://www.w3.org/ns/activitystreams#Service', type: 'application/activity+json', href: at.directory },
  ]
  const headers = { 'content-type': 'application/jrd+json', 'access-control-allow-origin': '*' }
  return { status: 200, headers, body: JSON.stringify({ subject: resource, links }) }
}

const swd = 'https://w3id.org/sideways/ns#'
const contexts = [
  'https://www.w3.org/ns/activitystreams',
  'https://w3id.org/security/v1',
  'https://w3id.org/security/multikey/v1',
  {
    listings: { '@id': `${swd}listings`, '@type': '@id' },
    statement: { '@id': `${swd}statement`, '@type': '@id' },
    organisation: { '@id': `${swd}organisation`, '@type': '@id' },
    implements: { '@id': 'https://w3id.org/fep/844e/implements', '@type': '@id', '@container': '@list' },
    manuallyApprovesFollowers: 'as:manuallyApprovesFollowers',
  },
] as const

function nodeDocument(at: Places, keys: Keys): object {
  return {
    '@context': contexts,
    id: at.node,
    type: 'Application',
    preferredUsername: 'kit',
    inbox: at.inbox,
    outbox: `${at.node}/out`,
    ...publicHalf(at.node, keys.node, keys.statement),
  }
}

function directoryDocument(at: Places, keys: Keys, name: string): object {
  return {
    '@context': contexts,
    id: at.directory,
    type: 'Service',
    preferredUsername: 'directory',
    webfinger: `directory@${new URL(at.node).host}`,
    name,
    summary: '<p>Invented people, for checking other nodes.</p>',
    inbox: at.inbox,
    outbox: `${at.directory}/out`,
    followers: at.followers,
    following: `${at.directory}/read`,
    listings: at.listings,
    statement: at.statement,
    organisation: at.organisation,
    manuallyApprovesFollowers: true,
    generator: {
      type: 'Application',
      implements: [{ type: 'Link', href: `${swd}directory-1`, name: 'Sideways directory 1' }],
    },
    ...publicHalf(at.directory, keys.directory, keys.statement),
  }
}

function publicHalf(actor: string, rsa: KeyObject, ed25519: KeyObject): object {
  const pem = createPublicKey(rsa).export({ type: 'spki', format: 'pem' }).toString()
  return {
    publicKey: { id: `${actor}#main-key`, owner: actor, publicKeyPem: pem },
    assertionMethod: [
      {
        id: `${actor}#ed25519-1`,
        type: 'Multikey',
        controller: actor,
        publicKeyMultibase: multikey(createPublicKey(ed25519)),
      },
    ],
  }
}
