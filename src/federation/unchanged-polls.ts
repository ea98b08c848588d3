import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { matchesEtag } from '../common/etag.ts'
import { isFresh } from '../partners/set-actions.ts'
import type { RequestListener } from '../web/listen.ts'
import { askingPartner, noteHolding } from './asking.ts'
import type { RawRequest } from './signer.ts'

/**
 * Answers the commonest request that a node gets, every partner's hourly "has your statement changed?", where it has not: before
 * Express, since its share would be most of the work. Everything else goes on to `otherwise`, and so does a poll that cannot be answered
 * here; what has been found out about it is not found out again.
 */
export function answeringUnchangedPolls(app: App, otherwise: RequestListener): RequestListener {
  const path = new URL(addresses(app.config.origin).statement).pathname
  return (request, response) => {
    if (isConditionalPoll(request, path)) void answerOrPassOn(app, otherwise, request, response)
    else otherwise(request, response)
  }
}

async function answerOrPassOn(
  app: App,
  otherwise: RequestListener,
  ...[request, response]: Parameters<RequestListener>
): Promise<void> {
  // What fails here is asked again there, and fails in the usual way.
  if (!(await answerUnchanged(app, request, response).catch(() => false))) otherwise(request, response)
}

function isConditionalPoll({ method, url = '', headers }: RawRequest, path: string): boolean {
  return method === 'GET' && headers['if-none-match'] !== undefined && (url === path || url.startsWith(`${path}?`))
}

async function answerUnchanged(app: App, ...[request, response]: Parameters<RequestListener>): Promise<boolean> {
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
