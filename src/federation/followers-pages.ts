import { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { listingOf } from '../listing/views.ts'
import { button } from '../web/form.ts'
import { page } from '../web/page.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { moveState } from './alias-views.ts'
import { decideFollower } from './follower-actions.ts'
import type { Follower, FollowerState } from './follower.ts'
import { actorMarks, followerCounts, followersOnPage, followersPage } from './follower-views.ts'
import { letEverybodyIn } from './person-move-actions.ts'

const states: readonly FollowerState[] = ['waiting', 'accepted', 'rejected']

/** The page on which a public person lets followers in, or sends them away, and says who may follow her. */
export function followersPages(app: App): Router {
  const router = Router()
  page(router, app, paths.followers, { who: 'signed-in', view: 'federation/followers.njk', load: followersOf })
  button(router, app, paths.followers, {
    who: 'signed-in',
    async submit(visit, body) {
      const listing = await listingOf(app.db, visit.account.id)
      const state = body.text('answer') === 'accept' ? 'accepted' : 'rejected'
      await decideFollower(app, listing?.personId ?? '', body.text('follower'), state)
      visit.request.session.notice = visit.t(
        state === 'accepted' ? 'federation:followers.doneAccept' : 'federation:followers.doneReject',
      )
      return { redirect: shownAt(stateIn(body.text('show')), pageIn(body.text('page'))) }
    },
  })
  button(router, app, paths.whoMayFollow, {
    who: 'signed-in',
    async submit(visit, body) {
      const who = body.text('who')
      if (who !== 'everybody' && who !== 'by-hand') throw new Refusal('not-found')
      await letEverybodyIn(app, visit.account, who === 'everybody')
      visit.request.session.notice = visit.t('federation:followers.saved')
      return { redirect: paths.followers }
    },
  })
  return router
}

async function followersOf({ app, account, query }: SignedInVisit) {
  const back = paths.myListing
  const listing = await listingOf(app.db, account.id)
  if (!listing?.public) return { back, isPublic: false }
  const { personId } = listing
  const counts = await followerCounts(app.db, personId)
  const state = query['show'] === undefined && counts.waiting === 0 ? 'accepted' : stateIn(query['show'])
  const last = Math.max(1, Math.ceil(counts[state] / followersOnPage))
  const at = Math.min(pageIn(query['page']), last)
  const { everybody } = await actorMarks(app.db, personId)
  const isOpen = everybody ?? app.config.acceptFollowers === 'automatic'
  return {
    back,
    isPublic: true,
    isHidden: listing.unlistedSince !== null,
    movedTo: (await moveState(app.db, personId)).movedToName,
    state,
    page: at,
    lists: states.map((one) => ({ state: one, count: counts[one], href: shownAt(one, 1) })),
    followers: (await followersPage(app.db, personId, state, at)).map(shown),
    earlier: at > 1 ? shownAt(state, at - 1) : undefined,
    later: at < last ? shownAt(state, at + 1) : undefined,
    who: isOpen ? 'everybody' : 'by-hand',
  }
}

function shown({ id, actor, handle, askedAt }: Follower) {
  return { id, who: handle ?? actor, host: new URL(actor).host, askedAt }
}

function stateIn(text: string | undefined): FollowerState {
  return states.find((one) => one === text) ?? 'waiting'
}

function pageIn(text: string | undefined): number {
  return /^[1-9]\d{0,4}$/.test(text ?? '') ? Number(text) : 1
}

function shownAt(state: FollowerState, at: number): string {
  return `${paths.followers}?show=${state}${at > 1 ? `&page=${at}` : ''}`
}
