import type { Router } from 'express'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import { form } from '../web/form.ts'
import { relist, unlist } from './unlist-actions.ts'
import { listingOf } from './views.ts'

/** Where a public person hides for now, and shows herself again. */
export function addUnlistPage(router: Router, app: App): void {
  form(router, app, paths.hideForNow, {
    who: 'signed-in',
    view: 'listing/unlist.njk',
    async load({ account }) {
      const listing = await listingOf(app.db, account.id)
      if (!listing?.public) return { redirect: paths.scope('public') }
      return { back: paths.scope('public'), since: listing.unlistedSince }
    },
    async submit(visit, body) {
      const hides = body.text('answer') === 'hide'
      await (hides ? unlist : relist)(app, visit.account)
      visit.request.session.notice = visit.t(hides ? 'listing:unlist.hidden' : 'listing:unlist.shown')
      return { redirect: paths.hideForNow }
    },
  })
}
