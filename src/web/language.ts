import type { RequestHandler } from 'express'
import type { App } from '../app.ts'
import { asLanguage, type Language } from '../common/words.ts'
import { day } from '../common/clock.ts'
import { isApi } from '../common/paths.ts'
import { cookieName, isHttps } from './session.ts'

/**
 * Chooses the reader's language: ?lang=, then the cookie, then the account, then the browser, then the host's.
 * `?lang=cy` is remembered and taken out of the address, so that switching keeps the page.
 */
export function chooseLanguage(app: App): RequestHandler {
  const cookie = cookieName(app.config.origin, 'language')
  return (request, response, next) => {
    const asked = asLanguage(request.query['lang'])
    const language =
      asked ??
      asLanguage(cookieOf(request.get('cookie'), cookie)) ??
      request.user?.language ??
      browsers(request.get('accept-language')) ??
      app.config.language
    response.locals.language = language
    response.locals.t = app.words.in(language)
    response.set('content-language', language)
    response.vary('accept-language')
    if (asked === undefined || request.method !== 'GET' || isApi(request.path)) return next()
    response.cookie(cookie, asked, {
      maxAge: 365 * day,
      sameSite: 'lax',
      secure: isHttps(app.config.origin),
      path: '/',
    })
    // `//host` would be another site.
    const rest = new URL(request.originalUrl.replace(/^[/\\]+/, '/'), app.config.origin)
    rest.searchParams.delete('lang')
    response.redirect(302, rest.pathname + rest.search)
  }
}

/** The value of one cookie of a request, or undefined. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const pair = header?.split(/;\s*/).find((part) => part.startsWith(`${name}=`))
  if (pair === undefined) return undefined
  try {
    return decodeURIComponent(pair.slice(name.length + 1))
  } catch {
    return undefined // a cookie that is not ours to have written so
  }
}

function browsers(header: string | undefined): Language | undefined {
  return header
    ?.split(',')
    .map((part) => asLanguage(part.trim().slice(0, 2).toLowerCase()))
    .find((language) => language !== undefined)
}
