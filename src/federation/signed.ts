import { KeyObject } from 'node:crypto'
import type { App } from '../app.ts'
import { systemClock } from '../common/clock.ts'
import { OutboundError, type OutboundAnswer, type OutboundOptions } from '../common/outbound.ts'
import { isRead, signedHeaders } from './cavage.ts'
import { linkedDataJson } from './context.ts'
import { signingKeys } from './keys.ts'

export type SignedGetOptions = Omit<OutboundOptions, 'sign'> & { readonly accept?: string; readonly etag?: string }

/**
 * Signs requests as one of our actors: draft-cavage-12 with RSA-SHA256, which every server verifies (FEDERATION.md, Signatures). The
 * query is signed too.
 */
export async function signAs(app: App, sender: string): Promise<(request: Request) => Promise<Request>> {
  const { rsa } = await signingKeys(app, sender)
  const key = { keyId: rsa.keyId, privateKey: KeyObject.from(rsa.privateKey) }
  return async (request) => {
    const { method, headers } = request
    const { host, pathname, search } = new URL(request.url)
    const body = await bodyOf(request)
    const signed = signedHeaders({ method, target: pathname + search, host, headers, body }, key, systemClock())
    return new Request(request, { headers: signed, ...(body === undefined ? {} : { body }) })
  }
}

async function bodyOf(request: Request): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return isRead(request.method) ? undefined : new Uint8Array(await request.clone().arrayBuffer())
}

/** A GET signed by one of our actors. Throws OutboundError when there is no answer; any status is an answer. */
export async function signedGet(
  app: App,
  sender: string,
  url: string,
  options: SignedGetOptions = {},
): Promise<OutboundAnswer> {
  const { accept, etag, ...limits } = options
  const headers = { accept: accept ?? linkedDataJson, ...(etag === undefined ? {} : { 'if-none-match': etag }) }
  return app.outbound.fetch(new Request(url, { headers }), { ...limits, sign: await signAs(app, sender) })
}

/** The JSON that a signed GET brings. Throws OutboundError for no answer, another status than 200, or no JSON. */
export async function getJson(app: App, sender: string, url: string, options: SignedGetOptions = {}): Promise<unknown> {
  const answer = await signedGet(app, sender, url, options)
  const { host } = new URL(url)
  if (answer.status !== 200) throw new OutboundError('no-answer', `${host} answered ${answer.status}`)
  try {
    return JSON.parse(answer.body.toString('utf8')) as unknown
  } catch (error) {
    throw new OutboundError('no-answer', `${host} did not answer with JSON`, error)
  }
}
