import { callbackify } from 'node:util'
import type { Request, RequestHandler } from 'express'
import passport from 'passport'
import { Strategy } from 'passport-strategy'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { isApi } from '../common/paths.ts'
import { asLanguage } from '../common/words.ts'
import type { Account } from './account.ts'
import { chooseLanguage, useLink, type SignIn } from './actions.ts'
import { accountById } from './views.ts'

/** A ticket that a page has checked and hands to the strategy: a token, and the address that a first administrator gave. */
export type Ticket = { readonly token: string; readonly mail?: string }

const instances = new WeakMap<App, passport.Authenticator>()
const tickets = new WeakMap<Request, Ticket>()

/** Passport of one node; several nodes may run in one process. Other ways to sign in are added here as strategies. */
function passportOf(app: App): passport.Authenticator {
  const known = instances.get(app)
  if (known) return known
  const made = new passport.Passport()
  made.use(mailLink(app))
  made.serializeUser((account, done) => done(null, account.id))
  // A closed account is signed out by its next request, since nobody is found for its session.
  const activeAccount = callbackify(async (id: unknown): Promise<Account | false> => {
    const account = await accountById(app.db, String(id))
    return account?.state === 'active' ? account : false
  })
  made.deserializeUser((id: unknown, done: (error: unknown, account?: Account | false) => void) =>
    activeAccount(id, done),
  )
  instances.set(app, made)
  return made
}

/** The strategy 'mail-link': whoever has a link that works is the person to whom it was mailed. */
function mailLink(app: App): passport.Strategy {
  return Object.assign(new Strategy(), {
    name: 'mail-link',
    authenticate(this: Strategy, request: Request): void {
      const ticket = tickets.get(request)
      if (!ticket) return this.error(new Refusal('link-unknown'))
      const language = request.res?.locals['language'] ?? app.config.language
      useLink(app, { ...ticket, language }).then(
        ({ account, returnTo }) => this.success(account, { returnTo }),
        (error: Error) => this.error(error),
      )
    },
  })
}

/** Who is signed in: `request.user`, an active account, or nobody. */
export function signedIn(app: App): RequestHandler[] {
  return [passportOf(app).initialize(), passportOf(app).session()]
}

/** Before the language is chosen: a signed-in person who switches it (?lang=) keeps it in her account as well. */
export function rememberLanguage(app: App): RequestHandler {
  return async (request, _response, next) => {
    const asked = asLanguage(request.query['lang'])
    const account = request.user
    const isChoice = request.method === 'GET' && !isApi(request.path) // there, it is about one answer
    if (account && asked !== undefined && asked !== account.language && isChoice) {
      await chooseLanguage(app, account, asked)
    }
    next()
  }
}

/**
 * Uses a link up and, when the account is active, signs this browser in under a new session id. Somebody who waits for
 * approval is not signed in. Rejects with what useLink refuses.
 */
export async function signInWith(app: App, request: Request, ticket: Ticket): Promise<SignIn> {
  tickets.set(request, ticket)
  const signIn = await new Promise<SignIn>((resolve, reject) => {
    const answer = (error: Error | null, account?: Account | false | null, info?: unknown): void => {
      if (error) reject(error)
      else if (account) resolve({ account, returnTo: (info as Pick<SignIn, 'returnTo'>).returnTo }) // as our strategy said it
      else reject(new Refusal('link-unknown'))
    }
    passportOf(app).authenticate('mail-link', answer)(request, request.res, reject)
  })
  if (signIn.account.state === 'active') {
    await new Promise<void>((resolve, reject) => {
      request.logIn(signIn.account, (error: unknown) => (error ? reject(asError(error)) : resolve()))
    })
  }
  return signIn
}

/** Ends the session of this browser, in the database too. */
export async function signOut(request: Request): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    request.logout((error: unknown) => (error ? reject(asError(error)) : resolve()))
  })
  await new Promise<void>((resolve, reject) => {
    request.session.destroy((error: unknown) => (error ? reject(asError(error)) : resolve()))
  })
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
