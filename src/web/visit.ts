import type { Request } from 'express'
import type {} from 'passport'
import type { Account } from '../accounts/account.ts'
import type { App } from '../app.ts'
import type { Language, Translate } from '../common/words.ts'

declare module 'express-session' {
  interface SessionData {
    /** A sentence to show once, on the next page. */
    notice?: string
  }
}

declare global {
  // Passport's own extension point for `request.user`.
  namespace Express {
    interface User extends Account {}
    interface Locals {
      language: Language
      t: Translate
      cspNonce: string
    }
  }
}

/** One request as a page or form sees it: who reads, in which language, at what time, and what the address said. */
export type Visit = {
  readonly app: App
  readonly account: Account | undefined
  readonly language: Language
  readonly t: Translate
  readonly now: Date
  readonly params: Readonly<Record<string, string>>
  /** First value of each query parameter. */
  readonly query: Readonly<Record<string, string>>
  /** Every value of a query parameter, in order. */
  queryAll(name: string): readonly string[]
  /** For what only Express knows: sessions, cookies, the address of the caller. */
  readonly request: Request
}

/** A visit whose reader is signed in and active. */
export type SignedInVisit = Visit & { readonly account: Account }

/** What a form sent: every value as a list of texts, so that one checkbox and three look the same. */
export type Body = {
  /** The first value, trimmed, with line ends as \n; empty when absent. */
  text(name: string): string
  /** Every non-empty value. */
  all(name: string): readonly string[]
  readonly values: Readonly<Record<string, string | readonly string[]>>
}

export function visitOf(app: App, request: Request): Visit {
  const locals = request.res?.locals
  if (!locals) throw new Error('a request without its response')
  const all = (name: string): readonly string[] => textsOf(request.query[name])
  return {
    app,
    account: request.user,
    language: locals.language,
    t: locals.t,
    now: app.now(),
    params: Object.fromEntries(Object.entries(request.params).map(([name, value]) => [name, String(value)])),
    query: Object.fromEntries(Object.keys(request.query).map((name) => [name, all(name)[0] ?? ''])),
    queryAll: all,
    request,
  }
}

export function bodyOf(request: Request): Body {
  const given: Record<string, unknown> =
    typeof request.body === 'object' && request.body !== null ? { ...request.body } : {}
  const values = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      Array.isArray(value) ? textsOf(value) : (textsOf(value)[0] ?? ''),
    ]),
  )
  const all = (name: string): readonly string[] => textsOf(given[name]).filter((text) => text !== '')
  return { text: (name) => all(name)[0] ?? '', all, values }
}

function textsOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list
    .filter((text): text is string => typeof text === 'string')
    .map((text) => text.replaceAll('\r\n', '\n').replaceAll('\u0000', '').trim())
}
