import type { Router } from 'express'
import { accountById } from '../accounts/views.ts'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { page } from '../web/page.ts'
import { listingOf } from './views.ts'
import { whereabouts } from './where-views.ts'

/** Where somebody's listing is: for herself, and, once her account is closed, for the administrators who answer for it. */
export function addWherePages(router: Router, app: App): void {
  const { origin } = app.config

  page(router, app, paths.whereMyListingIs, {
    who: 'signed-in',
    view: 'listing/where.njk',
    load: async ({ account, now }) => ({
      back: paths.myListing,
      listing: await listingOf(app.db, account.id),
      where: await whereabouts(app.db, origin, account.id, now),
    }),
  })

  page(router, app, paths.accountCopies(':id'), {
    who: 'administrator',
    view: 'listing/closed-copies.njk',
    async load({ params, now }) {
      const person = await accountById(app.db, params['id'] ?? '')
      if (person?.state !== 'closed') throw new Refusal('not-found')
      return {
        back: paths.account(person.id),
        person,
        where: await whereabouts(app.db, origin, person.id, now),
      }
    },
  })
}
