import type { RequestHandler } from 'express'
import type { Account } from '../accounts/account.ts'
import { noteTokenUse } from '../accounts/token-actions.ts'
import { bearerByHash, type Bearer } from '../accounts/token-views.ts'
import { bearerIn } from '../accounts/token.ts'
import type { App } from '../app.ts'
import { dayOf } from '../common/clock.ts'
import { sha256Hex } from '../common/ids.ts'
import { isApi } from '../common/paths.ts'

declare global {
  namespace Express {
    interface Locals {
      /** The token that an API request came with; 'unknown' for one that does not work. */
      bearer?: Bearer | 'unknown'
    }
  }
}

/**
 * Reads the token of a request to the API (RFC 6750). With one, nobody else counts as the reader, whatever the cookies say. Nowhere
 * else is a token looked at: it opens no page and sends no form.
 */
export function bearer(app: App): RequestHandler {
  return async (request, response, next) => {
    const token = isApi(request.path) ? bearerIn(request.get('authorization')) : undefined
    if (token === undefined) return next()
    const now = app.now()
    const known = token === 'unreadable' ? undefined : await bearerByHash(app.db, sha256Hex(token), now)
    response.locals.bearer = known ?? 'unknown'
    readBy(request, known?.account)
    if (known && known.usedOn !== dayOf(now)) await noteTokenUse(app, known.tokenId)
    next()
  }
}

// Express leaves out what is undefined; Passport asks whether it is there.
function readBy(request: Parameters<RequestHandler>[0], account: Account | undefined): void {
  if (account) request.user = account
  else delete request.user
}
