import { Router } from 'express'
import type { Account } from '../accounts/account.ts'
import { waitingCount } from '../accounts/views.ts'
import type { App } from '../app.ts'
import { day, later } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { software } from '../common/software.ts'
import { movedTo } from '../database/settings.ts'
import type { Viewer } from '../directory/card.ts'
import { facetCounts } from '../directory/count-views.ts'
import type { FacetCounts } from '../directory/counting.ts'
import { outThere } from '../directory/out-there.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { nodesShown } from '../directory/views.ts'
import { flagState } from '../listing/flag.ts'
import { flagOf, listingOf } from '../listing/views.ts'
import { linesMissing } from '../listing/withdrawal-views.ts'
import { restoredAfter, troubledCount, waitingCount as waitingPartners } from '../partners/views.ts'
import { isComplete } from '../profile/profile.ts'
import { profileOf } from '../profile/views.ts'
import { waitingCount as waitingRequests } from '../requests/views.ts'
import { waitingForHer } from '../chats/views.ts'
import { page } from '../web/page.ts'
import { errorCodes } from './error-codes.ts'
import { nextStep, type NextStep } from './next-step.ts'
import { kept } from './privacy.ts'
import { termLines } from './terms.ts'

// How long administrators are reminded that their node was set back.
const restoreShownFor = 30 * day

/** The start page, what is said about this node, and the administrators' index. */
export function opsPages(app: App): Router {
  const router = Router()
  const { name, sector, country, website, contact, policy, source } = app.config

  page(router, app, paths.home, {
    who: 'anyone',
    view: 'ops/home.njk',
    load: async ({ account, now, language, t }) => {
      const viewer = await viewerOf(app.db, account)
      const counts = await countsInTime(viewer, now)
      const most = counts ? outThere(counts, language, t) : []
      return {
        next: account && (await stepFor(account)),
        requests: account ? await waitingRequests(app.db, account.id, now) : 0,
        chats: account ? await waitingForHer(app.db, account.id, now) : 0,
        movedTo: await movedTo(app.db),
        most,
        nodes: most.length === 0 && account?.state === 'active' ? await nodesShown(app.db, now) : [],
      }
    },
  })

  page(router, app, paths.about, {
    who: 'anyone',
    view: 'ops/about.njk',
    load: async () => ({ node: { name, sector, country, website, contact, policy, source }, software }),
  })

  page(router, app, paths.privacy, {
    who: 'anyone',
    view: 'ops/privacy.njk',
    load: async () => ({ kept, contact, policy, website, openData: app.config.openData }),
  })

  page(router, app, paths.accessibility, {
    who: 'anyone',
    view: 'ops/accessibility.njk',
    load: async () => ({ contact, website, isBritish: country === 'GB' }),
  })

  // The same terms as data are in document-pages.ts.
  page(router, app, paths.vocabulary, {
    who: 'anyone',
    view: 'ops/vocabulary.njk',
    load: async ({ language }) => ({ terms: termLines(language), licence: software.vocabularyLicenceUrl }),
  })

  // Where the type of a problem document leads (RFC 9457).
  page(router, app, paths.errorCodes, {
    who: 'anyone',
    view: 'ops/error-codes.njk',
    load: async ({ t }) => ({ codes: errorCodes(t) }),
  })

  page(router, app, paths.administration, {
    who: 'administrator',
    view: 'ops/administration.njk',
    load: async ({ now }) => ({
      waiting: await waitingCount(app.db),
      linesMissing: await linesMissing(app),
      partnersWaiting: await waitingPartners(app.db),
      troubled: await troubledCount(app.db, now),
      restored: await restoredAfter(app.db, later(now, -restoreShownFor)),
    }),
  })

  return router

  // Whoever comes to sign in or to withdraw must not find the door shut because many search.
  async function countsInTime(viewer: Viewer, now: Date): Promise<FacetCounts | undefined> {
    try {
      return await facetCounts(app.db, now, viewer, {})
    } catch (error) {
      if (error instanceof Refusal && error.code === 'search-too-slow') return undefined
      throw error
    }
  }

  async function stepFor(account: Account): Promise<NextStep> {
    const profile = await profileOf(app.db, account.id)
    return nextStep({
      begun: profile !== undefined,
      complete: profile !== undefined && isComplete(profile.fields),
      listed: (await listingOf(app.db, account.id)) !== undefined,
      flag: flagState(await flagOf(app.db, account.id), app.now()),
    })
  }
}
