import type { Router } from 'express'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import { countryName } from '../common/vocabularies.ts'
import { acceptedFollowers } from '../partners/views.ts'
import { profileOf } from '../profile/views.ts'
import { form } from '../web/form.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { isOffered } from './actions.ts'
import { limitCopies } from './limit-actions.ts'
import { anyCountry, limitChosen, offerOf, type Offer } from './limit.ts'
import { limitOf } from './limit-views.ts'
import { listingOf } from './views.ts'

/** The page on which a person says which partner nodes get no copy of her listing. */
export function addLimitPage(router: Router, app: App): void {
  form(router, app, paths.limits, {
    who: 'signed-in',
    view: 'listing/limits.njk',
    load: async (visit) => {
      const { account, language } = visit
      const listing = await listingOf(app.db, account.id)
      const limit = await limitOf(app.db, account.id)
      const { nodes, formerHosts, countries } = await offerFor(visit)
      return {
        back: paths.myListing,
        offered: isOffered(app.config, 'partners'),
        on: listing?.partners ?? false,
        isPublic: listing?.public ?? false,
        nodes,
        formerHosts,
        countries: countries
          .map((code) => ({ code, name: countryName(code, language) }))
          .toSorted((one, other) => one.name.localeCompare(other.name, language)),
        values: { countries: limit.countries ?? [anyCountry], hosts: limit.hosts },
      }
    },
    submit: async (visit, body) => {
      const { account, language, t } = visit
      const ticked = { countries: body.all('countries'), hosts: body.all('hosts') }
      await limitCopies(app, account, limitChosen(ticked, await offerFor(visit)), { language, channel: 'page' })
      visit.request.session.notice = t('listing:limits.saved')
      const listing = await listingOf(app.db, account.id)
      return { redirect: listing?.partners ? paths.whereMyListingIs : paths.myListing }
    },
  })
}

async function offerFor({ app, account }: SignedInVisit): Promise<Offer> {
  const profile = await profileOf(app.db, account.id)
  const near = [app.config.country, profile?.fields.country].filter((code) => code !== undefined)
  return offerOf(await acceptedFollowers(app.db), await limitOf(app.db, account.id), near)
}
