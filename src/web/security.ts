import { randomBytes } from 'node:crypto'
import type { RequestHandler } from 'express'
import helmet from 'helmet'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { isHttps } from './session.ts'

/** Security headers for every page: only our own scripts, styles, images and forms. */
export function securityHeaders(app: App): RequestHandler[] {
  const https = isHttps(app.config.origin)
  const nonce: RequestHandler = (_request, response, next) => {
    response.locals.cspNonce = randomBytes(16).toString('base64')
    next()
  }
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        // The template's one inline line sets a class; scripts are ours.
        'script-src': [
          "'self'",
          (_request, response) => `'nonce-${(response as unknown as { locals: Express.Locals }).locals.cspNonce}'`,
        ],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'manifest-src': ["'self'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
        'base-uri': ["'none'"],
        ...(https ? { 'upgrade-insecure-requests': [] } : {}),
      },
    },
    strictTransportSecurity: https ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'same-origin' },
    crossOriginEmbedderPolicy: false,
  })
  return [nonce, headers]
}

/** Refuses addresses that no page of ours has and that nothing behind can read: a whole address as for a proxy, a NUL, a broken escape. */
export const refuseUnreadable: RequestHandler = (request, _response, next) => {
  const address = request.originalUrl
  next(
    address.startsWith('/') && !/%00/.test(address) && isDecodable(request.path) ? undefined : new Refusal('not-found'),
  )
}

function isDecodable(path: string): boolean {
  try {
    return decodeURIComponent(path) !== ''
  } catch {
    return false // URIError is its way of saying no
  }
}

/**
 * Refuses changes that another site asked a reader's browser to make. A browser always sends Sec-Fetch-Site or Origin with
 * a POST; a request with neither is refused as well. With SameSite=Lax cookies this is OWASP's "verifying origin" defence.
 */
export function refuseCrossSite(app: App): RequestHandler {
  return (request, _response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS') return next()
    const site = request.get('sec-fetch-site')
    if (site === 'same-origin') return next()
    if (site === undefined && request.get('origin') === app.config.origin) return next()
    next(new Refusal('cross-site-request'))
  }
}
