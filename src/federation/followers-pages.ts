import { Router } from 'express'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import { listingOf } from '../listing/views.ts'
import { button } from '../web/form.ts'
import { page } from '../web/page.ts'
import { decideFollower } from './actions.ts'
import { followersOf } from './views.ts'

/** The page on which a public person lets followers in, or sends them away. */
export function followersPages(app: App): Router {
  const router = Router()
  page(router, app, paths.followers, {
    who: 'signed-in',
    view: 'federation/followers.njk',
    async load({ account }) {
      const listing = await listingOf(app.db, account.id)
      const all = listing ? await followersOf(app.db, listing.personId) : []
      const shown = all.map(({ id, actor, handle, state }) => ({ id, who: handle ?? actor, state }))
      return {
        waiting: shown.filter(({ state }) => state === 'waiting'),
        accepted: shown.filter(({ state }) => state === 'accepted'),
      }
    },
  })
  button(router, app, paths.followers, {
    who: 'signed-in',
    async submit(visit, body) {
      const listing = await listingOf(app.db, visit.account.id)
      const answer = body.text('answer') === 'accept' ? 'accept' : 'reject'
      await decideFollower(
        app,
        listing?.personId ?? '',
        body.text('follower'),
        answer === 'accept' ? 'accepted' : 'rejected',
      )
      visit.request.session.notice = visit.t(
        answer === 'accept' ? 'federation:followers.doneAccept' : 'federation:followers.doneReject',
      )
      return { redirect: paths.followers }
    },
  })
  return router
}
