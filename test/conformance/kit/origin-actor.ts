import { publicKeyFromMultikey } from '../../../src/common/multibase.ts'
import { parse } from '../../../src/common/parse.ts'
import type { DirectoryActor } from '../../../src/common/schema-types.ts'
import { InvalidInput } from '../../../src/common/errors.ts'
import type { KitNode } from './node.ts'
import { expectThat, Failure, Stop, type Run } from './run.ts'
import { keyIn } from './signer.ts'
import { jsonOf, term, type Answer } from './wire.ts'

/** The directory that is checked: its document, and the Ed25519 key that signs its statements. */
export type Found = {
  readonly origin: string
  readonly actor: DirectoryActor
  readonly key: string
  readonly buckets: string
}

const serviceRel = 'https://www.w3.org/ns/activitystreams#Service'
const protocol = 'https://w3id.org/sideways/ns#directory-1'

/** Finds the directory of the node at an origin and checks all that anybody may read. Throws Stop where there is none to go on with. */
export async function discover(run: Run, node: KitNode, origin: string): Promise<Found> {
  const id = await directoryId(node, origin).catch((error: unknown) => error)
  await run.check('origin.webfinger', () => {
    if (id instanceof Error) throw id
  })
  if (typeof id !== 'string') throw new Stop('WebFinger leads to no directory')
  const answer = await node.get(id, { as: 'nobody' })
  const document = await read(() => jsonOf(answer, id))
  const actor = await read(() => parsed('directory-actor', document))
  const isActor = await run.check('origin.actor', () => {
    if (document instanceof Error) throw document
    expectThat(term(document, 'type') === 'Service', `type ${String(term(document, 'type'))}`, 'Service')
    if (actor instanceof Error) throw actor
    expectThat(actor.id === id, `the id ${actor.id}`, id)
    const spoken = actor.generator.implements.map(({ href }) => href)
    expectThat(spoken.includes(protocol), `${spoken.join(', ')} in generator.implements`, protocol)
  })
  if (!isActor || actor instanceof Error) throw new Stop('the directory cannot be read')
  await run.check('origin.one-origin', () => {
    for (const name of ['id', 'inbox', 'outbox', 'followers', 'following', 'listings', 'statement', 'organisation']) {
      const url = term(document, name)
      if (url !== undefined)
        expectThat(originOf(url) === origin, `${name} at ${JSON.stringify(url)}`, `an address on ${origin}`)
    }
  })
  const key = keyOf(actor)
  await run.check('origin.keys', () => {
    if (key === undefined) throw new Failure('no Ed25519 Multikey of the directory itself', 'one in assertionMethod')
    expectThat(
      rsaKeyOf(document) !== undefined,
      'no RSA key of 2048 bits or more of its own',
      'publicKey with owner and PEM',
    )
  })
  await checkOrganisation(run, node, actor, origin)
  if (key === undefined) throw new Stop('the directory has no key')
  return { origin, actor, key, buckets: `${actor.listings}/buckets` }
}

async function directoryId(node: KitNode, origin: string): Promise<string> {
  const host = new URL(origin).host
  const asked = [
    [`${origin}/`, serviceRel],
    [`acct:directory@${host}`, 'self'],
  ] as const
  for (const [resource, rel] of asked) {
    const url = `${origin}/.well-known/webfinger?resource=${encodeURIComponent(resource)}`
    const answer = await node.get(url, { as: 'nobody' })
    if (answer.status !== 200) continue
    const { links } = parsed('webfinger', jsonOf(answer, url))
    const href = links.find((link) => link.rel === rel)?.href
    if (href === undefined) continue
    expectThat(originOf(href) === origin, `a directory at ${href}`, `one on ${origin}`)
    return href
  }
  throw new Failure(`no link from ${origin}/ by ${serviceRel}, and none from acct:directory@${host}`, 'one of them')
}

function keyOf({ id, assertionMethod }: DirectoryActor): string | undefined {
  const [first] = assertionMethod.filter(({ type }) => type === 'Multikey')
  const isOwn = first?.controller === id && first.id.startsWith(`${id}#`)
  return isOwn && publicKeyFromMultikey(first.publicKeyMultibase) ? first.publicKeyMultibase : undefined
}

function rsaKeyOf(document: unknown): unknown {
  const keys = [term(document, 'publicKey')].flat()
  return keys.map((one) => keyIn(document, String(term(one, 'id')))).find((found) => found !== undefined)
}

async function checkOrganisation(run: Run, node: KitNode, actor: DirectoryActor, origin: string): Promise<void> {
  const url = actor.organisation
  if (url === undefined) return run.skip(['origin.organisation'], 'the directory names no organisation')
  await run.check('origin.organisation', async () => {
    const organisation = parsed('organization', jsonOf(await node.get(url, { as: 'node' }), url))
    expectThat(organisation.id === url && originOf(url) === origin, `the id ${organisation.id}`, url)
  })
}

/** A document by its schema in `schemas/`; throws Failure with what is wrong. */
export const parsed = ((name, document) => {
  try {
    return parse(name, document)
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    const problems = error.problems.map(({ field, rule }) => `${field} (${rule})`)
    throw new Failure(
      `a document that breaks schemas/${name}.json at ${problems.slice(0, 5).join(', ')}`,
      'one that keeps it',
    )
  }
}) as typeof parse // the same types: what is thrown is all that differs

async function read<Value>(work: () => Value): Promise<Value | Error> {
  try {
    return work()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function originOf(url: unknown): string | undefined {
  return typeof url === 'string' ? URL.parse(url)?.origin : undefined
}

/** What an answer is, for a sentence. */
export function described({ status, body }: Answer): string {
  return `${status} with ${body === '' ? 'no body' : `${Buffer.byteLength(body)} bytes`}`
}
