import { createRequire } from 'node:module'
import type connectPgSimple from 'connect-pg-simple'
import type { RequestHandler } from 'express'
import session from 'express-session'
import type { App } from '../app.ts'
import { day } from '../common/clock.ts'
import { sha256Hex } from '../common/ids.ts'

const connect = createRequire(import.meta.url)('connect-pg-simple') as typeof connectPgSimple

/** How long somebody stays signed in without coming back, in milliseconds. */
export const sessionLength = 14 * day

/** Sessions in Postgres. Passport gives a new session id at sign-in, so that a planted one is worthless. */
export function sessions(app: App): RequestHandler {
  const Store = connect(session)
  return session({
    name: cookieName(app.config.origin, 'session'),
    secret: app.secrets.session,
    resave: false,
    saveUninitialized: false,
    rolling: true,
    store: new Store({ pool: app.db.pool, tableName: 'session', pruneSessionInterval: false }),
    proxy: true,
    cookie: { httpOnly: true, sameSite: 'lax', secure: isHttps(app.config.origin), maxAge: sessionLength, path: '/' },
  })
}

/** A cookie's name. On http it names the node, since browsers share cookies between the ports of one address. */
export function cookieName(origin: string, use: string): string {
  return isHttps(origin) ? `__Host-sideways-${use}` : `sideways-${use}-${sha256Hex(origin).slice(0, 8)}`
}

export function isHttps(origin: string): boolean {
  return origin.startsWith('https://')
}
