import type { App } from '../app.ts'
import { nodeActor } from '../common/addresses.ts'
import { InvalidInput } from '../common/errors.ts'
import { isObject } from '../common/objects.ts'
import { OutboundError } from '../common/outbound.ts'
import { parse } from '../common/parse.ts'
import { isLoopback } from '../config.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import { aliasesIn, typedAccount, type TypedAccount } from './alias.ts'
import { documentLoader, LoadError } from './loader.ts'
import { remoteActorIn, type RemoteActor } from './remote-actor.ts'
import { signAs } from './signed.ts'

/** An account on another server, as its own server describes it at this moment. */
export type RemoteAccount = RemoteActor & {
  /** What people call it: its handle, else its address. */
  readonly name: string
  readonly alsoKnownAs: readonly string[]
  readonly movedTo: string | null
}

/** Why an account could not be found, by the key of the sentence. */
export type AccountProblem = 'form' | 'unreachable' | 'unknown' | 'refused'

/** What became of a search for an account. */
export type FoundAccount = RemoteAccount | { readonly problem: AccountProblem }

/** Finds the account that somebody typed: by WebFinger and its actor, or by its address. */
export async function findAccount(app: App, text: string): Promise<FoundAccount> {
  const typed = typedAccount(text)
  if (!typed) return { problem: 'form' }
  const host = 'host' in typed ? typed.host : new URL(typed.address).host
  if (await isRefusedHost(app.db, host)) return { problem: 'refused' }
  try {
    const address = 'address' in typed ? typed.address : await selfOf(app, typed)
    return address === undefined ? { problem: 'unknown' } : await readAccount(app, address)
  } catch (error) {
    return { problem: problemOf(error) }
  }
}

/**
 * Reads an actor, or the profile that leads to one, from its own server, never from what we kept. Throws OutboundError, LoadError,
 * InvalidInput or SyntaxError where that does not bring an actor of that server.
 */
export async function readAccount(app: App, address: string, mayLead = true): Promise<RemoteAccount> {
  const sign = await signAs(app, nodeActor)
  const { document, documentUrl } = await documentLoader(app, sign)(address)
  const { origin } = new URL(address)
  const id = isObject(document) && typeof document['id'] === 'string' ? document['id'] : ''
  // An open redirect there must not let another server speak for it (FEP-fe34).
  if (new URL(documentUrl).origin !== origin || URL.parse(id)?.origin !== origin)
    throw new OutboundError('no-answer', `${new URL(address).host} answered with an actor of another server`)
  // A profile's address answers with the actor; the actor's own address must say the same.
  if (id !== address && documentUrl !== id) {
    if (mayLead) return readAccount(app, id, false)
    throw new OutboundError('no-answer', `${new URL(address).host} answered with another actor`)
  }
  const actor = remoteActorIn(document, id)
  const more = isObject(document) ? document : {}
  return {
    ...actor,
    name: actor.handle ?? id,
    alsoKnownAs: aliasesIn(more['alsoKnownAs']),
    movedTo: typeof more['movedTo'] === 'string' ? more['movedTo'] : null,
  }
}

async function selfOf(app: App, { host, name }: Extract<TypedAccount, { host: string }>): Promise<string | undefined> {
  // Plain http only between servers that are tried out on one machine.
  const isTrial = app.config.allowPrivateAddresses && isLoopback(new URL(`https://${host}`).hostname)
  const resource = encodeURIComponent(`acct:${name}@${host}`)
  const url = `${isTrial ? 'http' : 'https'}://${host}/.well-known/webfinger?resource=${resource}`
  const headers = { accept: 'application/jrd+json, application/json' }
  const answer = await app.outbound.fetch(new Request(url, { headers }), { maxBytes: 64 * 1024 })
  if (answer.status >= 500) throw new OutboundError('no-answer', `${host} answered ${answer.status}`)
  if (answer.status !== 200) return undefined
  const { links } = parse('webfinger', JSON.parse(answer.body.toString('utf8')))
  const self = links.find(
    ({ rel, type, href }) => rel === 'self' && href !== undefined && (type ?? 'json').includes('json'),
  )
  return self?.href !== undefined && URL.canParse(self.href) ? self.href : undefined
}

function problemOf(error: unknown): AccountProblem {
  if (error instanceof LoadError) return (error.status ?? 404) < 500 ? 'unknown' : 'unreachable'
  if (error instanceof OutboundError) return 'unreachable'
  if (error instanceof InvalidInput || error instanceof SyntaxError || error instanceof TypeError) return 'unknown'
  throw error
}
