import { Router } from 'express'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import { page } from '../web/page.ts'
import { form } from '../web/form.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { longDay } from '../common/days.ts'
import { isComplete } from '../profile/profile.ts'
import { profileOf, receipts } from '../profile/views.ts'
import { isOffered, keepListing, withdraw } from './actions.ts'
import { addCardPages } from './card-pages.ts'
import { addChatPages } from './chat-pages.ts'
import { flagState, type FlagState } from './flag.ts'
import { addLimitPage } from './limit-pages.ts'
import { nextReview } from './listing.ts'
import { addMediaRoute } from './media-pages.ts'
import { addPersonPage } from './person-pages.ts'
import { addScopePages } from './scope-pages.ts'
import { onSince, purposes } from './scopes.ts'
import type { ListingTools } from './tools.ts'
import { flagOf, listingOf } from './views.ts'
import { addUnlistPage } from './unlist-pages.ts'
import { addWherePages } from './where-pages.ts'

/** Where somebody can be found, her flag, and the page of a public person. */
export function listingPages(app: App, tools: ListingTools): Router {
  const router = Router()
  page(router, app, paths.myListing, {
    who: 'signed-in',
    view: 'listing/mine.njk',
    load: async (visit) => ({
      ...(await mine(visit)),
      requests: await tools.waitingRequests(app, visit.account.id),
      chats: await tools.waitingChats(app, visit.account.id),
    }),
  })
  addWithdrawPage(router, app)
  addWherePages(router, app)
  addUnlistPage(router, app)
  addKeepPage(router, app)
  addScopePages(router, app)
  addLimitPage(router, app)
  addChatPages(router, app)
  addPersonPage(router, app, tools)
  addCardPages(router, app)
  addMediaRoute(router, app)
  return router
}

async function mine({ app, account, now }: SignedInVisit) {
  const listing = await listingOf(app.db, account.id)
  const profile = await profileOf(app.db, account.id)
  const flag = await flagOf(app.db, account.id)
  const said = await receipts(app.db, account.id)
  const state: FlagState = flagState(flag, now)
  return {
    listing,
    handle: profile?.handle,
    offersPartners: isOffered(app.config, 'partners'),
    incomplete: !profile || !isComplete(profile.fields),
    switches: purposes.map((purpose) => ({
      purpose,
      on: listing?.[purpose] ?? false,
      offered: isOffered(app.config, purpose),
      since: onSince(said, purpose),
    })),
    chat: { state, day: state === 'paused' ? flag?.pausedUntil : state === 'full' ? flag?.fullUntil : flag?.endsAt },
  }
}

function addWithdrawPage(router: Router, app: App): void {
  form(router, app, paths.withdraw, {
    who: 'signed-in',
    view: 'listing/withdraw.njk',
    load: async ({ account }) => {
      const listing = await listingOf(app.db, account.id)
      return {
        back: paths.myListing,
        on: purposes.filter((purpose) => listing?.[purpose]),
        isPublic: listing?.public ?? false,
        hidden: (listing?.unlistedSince ?? null) !== null,
      }
    },
    submit: async (visit) => {
      await withdraw(app, visit.account, { language: visit.language, channel: 'page' })
      visit.request.session.notice = visit.t('listing:withdraw.done')
      return { redirect: paths.whereMyListingIs }
    },
  })
}

function addKeepPage(router: Router, app: App): void {
  form(router, app, paths.keepListing, {
    who: 'signed-in',
    view: 'listing/keep.njk',
    load: async ({ account, now }) => {
      const listing = await listingOf(app.db, account.id)
      return listing ? { listing, until: nextReview(now), back: paths.myListing } : { redirect: paths.myListing }
    },
    submit: async (visit) => {
      await keepListing(app, visit.account)
      visit.request.session.notice = visit.t('listing:keepPage.done', {
        day: longDay(nextReview(visit.now), visit.language),
      })
      return { redirect: paths.myListing }
    },
  })
}
