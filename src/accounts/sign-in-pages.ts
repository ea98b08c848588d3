import type { CookieOptions, Request, Router } from 'express'
import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { randomToken, sha256Hex } from '../common/ids.ts'
import { paths } from '../common/paths.ts'
import { movedTo } from '../database/settings.ts'
import { form } from '../web/form.ts'
import { cookieOf } from '../web/language.ts'
import { callerOf, createLimit } from '../web/limits.ts'
import { page, type Redirect, type View } from '../web/page.ts'
import { cookieName, isHttps } from '../web/session.ts'
import type { Visit } from '../web/visit.ts'
import { isMailAddress, mailAddress } from './account.ts'
import { askForLink } from './actions.ts'
import { faultOf, linkWorksFor, tokenIn, type SignInRequest } from './link.ts'
import { signInWith, signOut, type Ticket } from './passport.ts'
import { returnPath } from './return-path.ts'
import { requestByToken } from './views.ts'

/** Asking for a link, using one, signing out, and the page for those who wait. */
export function addSignInPages(router: Router, app: App): void {
  const limits = {
    mail: createLimit(app, { name: 'sign-in-mail', points: 5, seconds: 3600 }),
    // A workshop of sixty in one building has one address.
    caller: createLimit(app, { name: 'sign-in-caller', points: 60, seconds: 3600 }),
    tokens: createLimit(app, { name: 'sign-in-token', points: 30, seconds: 600 }),
  }

  form(router, app, paths.signIn, {
    who: 'anyone',
    view: 'accounts/sign-in.njk',
    async load({ account, query }) {
      const returnTo = returnPath(query['return'])
      if (account) return { redirect: returnTo ?? paths.home }
      return { values: { return: returnTo ?? '' }, join: app.config.join, movedTo: await movedTo(app.db) }
    },
    async submit(visit, body) {
      const mail = mailAddress(body.text('mail'))
      if (mail === '') throw new InvalidInput([{ field: 'mail', rule: 'required' }])
      if (!isMailAddress(mail)) throw new InvalidInput([{ field: 'mail', rule: 'format' }])
      await limits.caller(callerOf(visit.request))
      await limits.mail(mail)
      const browser = randomToken()
      await askForLink(app, {
        mail,
        language: visit.language,
        browserHash: sha256Hex(browser),
        returnTo: returnPath(body.text('return')),
      })
      visit.request.res?.cookie(browserCookie(app), browser, { ...cookieOptions(app), maxAge: linkWorksFor })
      return { redirect: paths.signInSent }
    },
  })

  page(router, app, paths.signInSent, { who: 'anyone', view: 'accounts/sent.njk', load: async () => ({}) })

  form(router, app, paths.signInLink, {
    who: 'anyone',
    view: 'accounts/link.njk',
    load: (visit) => openLink(visit),
    async submit(visit, body) {
      const text = body.text('token')
      const token = tokenIn(text)
      if (token === undefined) throw new InvalidInput([{ field: 'token', rule: text === '' ? 'required' : 'format' }])
      return use(visit, { token, mail: body.text('mail') })
    },
  })

  /** What a link opens: one button, so that the programs that follow links in mails (GET, HEAD) do not use it up; the browser that asked needs none. */
  async function openLink(visit: Visit): Promise<View | Redirect> {
    const given = visit.query['token']
    if (given === undefined) return {}
    const caller = callerOf(visit.request)
    await limits.tokens(caller)
    const token = tokenIn(given)
    const link = token === undefined ? undefined : await requestByToken(app.db, sha256Hex(token))
    const fault = faultOf(link, visit.now)
    if (fault || !link || token === undefined) throw new Refusal(fault ?? 'link-unknown')
    await limits.tokens.giveBack(caller)
    visit.request.res?.set('cache-control', 'no-store')
    if (link.purpose === 'first-administrator') return { token, first: true }
    if (isPerson(visit.request) && askedHere(visit.request, link)) return use(visit, { token })
    return { token, mail: link.mail }
  }

  async function use(visit: Visit, ticket: Ticket): Promise<Redirect> {
    const caller = callerOf(visit.request)
    await limits.tokens(caller)
    const { account, returnTo } = await signInWith(app, visit.request, ticket)
    await limits.tokens.giveBack(caller)
    visit.request.res?.clearCookie(browserCookie(app), cookieOptions(app))
    return { redirect: account.state === 'waiting' ? paths.waiting : (returnPath(returnTo) ?? paths.home) }
  }

  function askedHere(request: Request, link: SignInRequest): boolean {
    const browser = cookieOf(request.get('cookie'), browserCookie(app))
    return browser !== undefined && link.browserHash !== null && sha256Hex(browser) === link.browserHash
  }

  page(router, app, paths.waiting, { who: 'anyone', view: 'accounts/waiting.njk', load: async () => ({}) })

  form(router, app, paths.signOut, {
    who: 'anyone',
    view: 'accounts/sign-out.njk',
    load: async () => ({}),
    async submit(visit) {
      await signOut(visit.request)
      visit.request.res?.clearCookie(cookieName(app.config.origin, 'session'), cookieOptions(app))
      return { redirect: paths.signOut }
    },
  })
}

/** Whether somebody opened the page, rather than a program that looks ahead. */
function isPerson(request: Request): boolean {
  return request.method === 'GET' && request.get('sec-purpose') === undefined && request.get('purpose') === undefined
}

function browserCookie(app: App): string {
  return cookieName(app.config.origin, 'browser')
}

function cookieOptions(app: App): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', secure: isHttps(app.config.origin), path: '/' }
}
