import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { matchesEtag } from '../common/etag.ts'
import { isFresh } from '../partners/set-actions.ts'
import { askingPartner, noteHolding } from './asking.ts'

/**
 * Answers the commonest request that a node gets, every partner's hourly "has your statement changed?", where it has not: before
 * Express, since its share would be most of the work. Everything else goes on to `otherwise`, and so does a poll that cannot be answered
 * here; what has been found out about it is not found out again.
 */
export function answeringUnchangedPolls(app: App, otherwise: RequestListener): RequestListener {
  const path = new URL(addresses(app.config.origin).statement).pathname
  return (request, response) => {
    if (isConditionalPoll(request, path)) void answerOrPassOn(app, request, response, otherwise)
    else otherwise(request, response)
  }
}

async function answerOrPassOn(
  app: App,
  request: IncomingMessage,
  response: ServerResponse,
  otherwise: RequestListener,
): Promise<void> {
  // What fails here is asked again there, and fails in the usual way.
  if (!(await answerUnchanged(app, request, response).catch(() => false))) otherwise(request, response)
}

function isConditionalPoll({ method, url = '', headers }: IncomingMessage, path: string): boolean {
  return method === 'GET' && headers['if-none-match'] !== undefined && (url === path || url.startsWith(`${path}?`))
}

async function answerUnchanged(app: App, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const partner = await askingPartner(app, request)
  if (
    !partner ||
    partner.etag === null ||
    !isFresh(partner.issuedAt, app.now()) ||
    !matchesEtag(request.headers['if-none-match'], partner.etag)
  )
    return false
  // Its word may have ended the epoch of this very statement.
  if ((await noteHolding(app, partner, request)) === 'ours-moved') return false
  response.writeHead(304, { 'cache-control': 'private, no-store', etag: partner.etag }).end()
  return true
}
