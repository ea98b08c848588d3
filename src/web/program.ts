import type { Request, RequestHandler, Response } from 'express'
import type { TokenScope } from '../accounts/token.ts'
import type { App } from '../app.ts'
import { minute } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { isApi, paths } from '../common/paths.ts'
import { quotaOf, type Standing } from '../common/quota.ts'
import type {} from './bearer.ts'
import { callerOf } from './limits.ts'
import { visitOf, type SignedInVisit, type Visit } from './visit.ts'

/** How many points a download of everybody takes; everything else takes one. */
export const downloadPoints = 10

const methods = 'GET, HEAD, OPTIONS'
const readable = 'ETag, Link, RateLimit, RateLimit-Policy, Retry-After'

/**
 * What every request to the API meets first: which methods there are, whether its token works, how often it may ask, and whether pages
 * of other sites may read the answer (only what anybody may read). Before forms of other sites are refused, since nothing here changes
 * anything.
 */
export function programs(app: App): RequestHandler {
  const quota = quotaOf(app.config.apiPerMinute, minute)
  return (request, response, next) => {
    if (!isApi(request.path)) return next()
    const isAnonymous = request.user === undefined && response.locals.bearer === undefined
    response.vary('cookie, authorization')
    // People who are public may have said no to search engines; here everybody comes at once.
    response.set('x-robots-tag', 'noindex, noai')
    if (isAnonymous) openToPages(response)
    if (request.method === 'OPTIONS') return preflight(response)
    const points = request.path.toLowerCase().startsWith(`${paths.api}/export.`) ? downloadPoints : 1
    const standing = quota.take(nameOf(request), points, app.now().getTime())
    sayLimits(response, standing)
    if (standing.isOver)
      return next(
        new Refusal('too-many-requests', { seconds: standing.seconds, count: Math.ceil(standing.seconds / 60) }),
      )
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.set('allow', methods)
      return next(new Refusal('method-not-allowed'))
    }
    if (response.locals.bearer === 'unknown') {
      challenge(app, response, 'error="invalid_token"')
      return next(new Refusal('token-unknown'))
    }
    next()
  }
}

// A token that does not work counts for the address, so that guessing is slow.
function nameOf(request: Request): string {
  const bearer = request.res?.locals.bearer
  if (bearer !== undefined && bearer !== 'unknown') return `token ${bearer.tokenId}`
  return request.user ? `account ${request.user.id}` : `address ${callerOf(request)}`
}

/** The fields of draft-ietf-httpapi-ratelimit-headers-10. */
function sayLimits(response: Response, { most, left, seconds }: Standing): void {
  response.set('ratelimit-policy', `"minute";q=${most};w=60`)
  response.set('ratelimit', `"minute";r=${left};t=${seconds}`)
}

function openToPages(response: Response): void {
  response.set({
    'access-control-allow-origin': '*',
    'access-control-expose-headers': readable,
    'cross-origin-resource-policy': 'cross-origin',
  })
}

// Neither cookies nor tokens are allowed in what pages of other sites ask.
function preflight(response: Response): void {
  response.set({ allow: methods, 'access-control-allow-methods': 'GET, HEAD', 'access-control-max-age': '86400' })
  response.status(204).end()
}

function challenge(app: App, response: Response, more?: string): void {
  const realm = `Bearer realm="${app.config.origin}"`
  response.set('www-authenticate', more === undefined ? realm : `${realm}, ${more}`)
}

/** Lets a program read what `scope` stands for, signed in or not. Refusal scope-missing for a token without it. */
export function readFor(app: App, request: Request, scope: TokenScope): Visit {
  const { res: response } = request
  const bearer = response?.locals.bearer
  if (response && bearer !== undefined && bearer !== 'unknown' && !bearer.scopes.includes(scope)) {
    challenge(app, response, `error="insufficient_scope", scope="${scope}"`)
    throw new Refusal('scope-missing', { scope })
  }
  return visitOf(app, request)
}

/** The same for what only somebody signed in, or her token, may read. Refusals token-needed, scope-missing. */
export function readAsPerson(app: App, request: Request, scope: TokenScope): SignedInVisit {
  const visit = readFor(app, request, scope)
  if (visit.account?.state === 'active') return { ...visit, account: visit.account }
  if (request.res) challenge(app, request.res, `scope="${scope}"`)
  throw new Refusal('token-needed')
}

/** Which of these media types is wanted most. Refuses with not-acceptable when none is (RFC 9110 12.5.1). */
export function answersIn(request: Request, ...types: readonly string[]): string {
  const wanted = request.accepts([...types])
  if (wanted === false) throw new Refusal('not-acceptable', { types: types.join(', ') })
  return wanted
}
