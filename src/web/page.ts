import type { Request, Response, Router } from 'express'
import type { Account } from '../accounts/account.ts'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { visitOf, type SignedInVisit, type Visit } from './visit.ts'

/** Who may open a page. There is no default: a page that does not say does not compile. */
export type Who = 'anyone' | 'signed-in' | 'administrator'

export type VisitFor<W extends Who> = W extends 'anyone' ? Visit : SignedInVisit

/** What a template is given beside what every page has (layout.njk). */
export type View = Readonly<Record<string, unknown>>

/** Sends the reader on instead of showing a page. */
export type Redirect = { readonly redirect: string }

export type PageOptions<W extends Who> = {
  readonly who: W
  /** The template, as `area/name.njk`. */
  readonly view: string
  readonly load: (visit: VisitFor<W>) => Promise<View | Redirect>
}

/** Serves one page at GET `path`. */
export function page<W extends Who>(router: Router, app: App, path: string, options: PageOptions<W>): void {
  router.get(path, async (request, response) => {
    const visit = admit(options.who, visitOf(app, request))
    if ('redirect' in visit) return response.redirect(visit.redirect)
    const view = await options.load(visit.visit)
    if (isRedirect(view)) return response.redirect(303, view.redirect)
    render(response, options.view, view)
  })
}

/** Lets the reader in, sends her to sign in first, or refuses. Actions check again. */
export function admit<W extends Who>(who: W, visit: Visit): { readonly visit: VisitFor<W> } | Redirect {
  const { account } = visit
  if (who !== 'anyone') {
    if (!account) return { redirect: `${paths.signIn}?return=${encodeURIComponent(returnPath(visit.request))}` }
    refuseUnlessActive(account)
    if (who === 'administrator' && account.role !== 'administrator') throw new Refusal('not-allowed')
  }
  return { visit: visit as VisitFor<W> } // the account is there unless `who` is 'anyone'
}

function refuseUnlessActive(account: Account): void {
  if (account.state === 'waiting') throw new Refusal('account-waiting')
  if (account.state === 'closed') throw new Refusal('account-closed')
}

function returnPath(request: Request): string {
  return request.method === 'GET' ? request.originalUrl : paths.home
}

export function isRedirect(view: View | Redirect): view is Redirect {
  return 'redirect' in view && typeof view['redirect'] === 'string' && Object.keys(view).length === 1
}

/** Renders a template with what every page has. A notice from the last page is shown once. */
export function render(response: Response, template: string, view: View, status = 200): void {
  const { session } = response.req
  const notice = session?.notice
  if (notice !== undefined) delete session.notice
  // A shared computer's back button must not show what somebody who signed out had on her screen.
  if (response.get('cache-control') === undefined)
    response.set('cache-control', response.req.user ? 'no-store' : 'private, no-cache')
  response.status(status).render(template, {
    ...view,
    notice,
    account: response.req.user,
    path: response.req.path,
    address: response.req.originalUrl.replace(/^[/\\]+/, '/'), // `//host` would be another site
  })
}
