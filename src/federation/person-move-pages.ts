import { Router } from 'express'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { InvalidInput } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { listingOf } from '../listing/views.ts'
import { button, form } from '../web/form.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { daysBetweenMoves, mayMove, mostAliases } from './alias.ts'
import { findAccount, type RemoteAccount } from './alias-lookup.ts'
import { aliasesOf, moveState } from './alias-views.ts'
import { letMovedIn } from './follower-actions.ts'
import { addAlias, comeBack, dropAlias, moveAway } from './person-move-actions.ts'

/** Where a public person names other accounts of hers, lets their followers come along, or moves away. */
export function personMovePages(app: App): Router {
  const router = Router()
  form(router, app, paths.moving, { who: 'signed-in', view: 'federation/moving.njk', load: moving, submit: nameAlias })
  button(router, app, paths.dropAlias, {
    who: 'signed-in',
    async submit(visit, body) {
      await dropAlias(app, visit.account, body.text('actor'))
      return { redirect: noticed(visit, 'dropped') }
    },
  })
  button(router, app, paths.movedIn, {
    who: 'signed-in',
    async submit(visit, body) {
      const listing = await listingOf(app.db, visit.account.id)
      if (listing?.public) await letMovedIn(app, listing.personId, body.text('along') === 'yes')
      return { redirect: noticed(visit, 'saved') }
    },
  })
  form(router, app, paths.moveAway, { who: 'signed-in', view: 'federation/move-away.njk', load: away, submit: goAway })
  button(router, app, paths.comeBack, {
    who: 'signed-in',
    async submit(visit) {
      await comeBack(app, visit.account)
      return { redirect: noticed(visit, 'cameBack') }
    },
  })
  return router
}

function noticed(visit: SignedInVisit, what: string): string {
  visit.request.session.notice = visit.t(`federation:moving.${what}`)
  return paths.moving
}

async function moving({ app, account, now }: SignedInVisit) {
  const listing = await listingOf(app.db, account.id)
  if (!listing?.public) return { back: paths.myListing, isPublic: false }
  const aliases = await aliasesOf(app.db, listing.personId)
  const move = await moveState(app.db, listing.personId)
  return {
    back: paths.followers,
    isPublic: true,
    aliases,
    mayAdd: aliases.length < mostAliases,
    actor: addresses(app.config.origin).person(listing.personId),
    along: move.letsMovedIn ? 'yes' : 'no',
    move,
    mayMove: mayMove(move.movedAt, now),
    nextMove: move.movedAt === null ? undefined : later(move.movedAt, daysBetweenMoves * day),
  }
}

async function nameAlias(visit: SignedInVisit, body: Body) {
  const account = await accountNamed(visit.app, 'alias', body.text('alias'))
  await addAlias(visit.app, visit.account, account)
  return { redirect: noticed(visit, 'added') }
}

async function away({ app, account, query, now }: SignedInVisit) {
  const listing = await listingOf(app.db, account.id)
  const move = listing?.public ? await moveState(app.db, listing.personId) : undefined
  if (!listing || !move || move.movedTo !== null || !mayMove(move.movedAt, now)) return { redirect: paths.moving }
  const actor = addresses(app.config.origin).person(listing.personId)
  const to = query['to'] ?? ''
  const found = to === '' ? undefined : await findAccount(app, to)
  const target = found && !('problem' in found) ? found : undefined
  return {
    back: paths.moving,
    actor,
    target: target && problemOfTarget(target, actor) === undefined ? target : undefined,
  }
}

async function goAway(visit: SignedInVisit, body: Body) {
  const { app, account } = visit
  const listing = await listingOf(app.db, account.id)
  if (!listing?.public) return { redirect: paths.moving }
  const target = await accountNamed(app, 'target', body.text('target'))
  const problem = problemOfTarget(target, addresses(app.config.origin).person(listing.personId))
  if (problem !== undefined) throw new InvalidInput([{ field: 'target', rule: problem }])
  if (body.text('sure') !== 'yes') return { redirect: `${paths.moveAway}?to=${encodeURIComponent(target.id)}` }
  await moveAway(app, account, target)
  return { redirect: noticed(visit, 'moved') }
}

// Both ends must say so, or servers refuse the Move: the other account names this one, and has not moved on itself.
function problemOfTarget(target: RemoteAccount, actor: string): 'alias' | 'moved' | undefined {
  if (!target.alsoKnownAs.includes(actor)) return 'alias'
  return target.movedTo === null ? undefined : 'moved'
}

async function accountNamed(app: App, field: string, text: string): Promise<RemoteAccount> {
  const found = text === '' ? ({ problem: 'required' } as const) : await findAccount(app, text)
  if ('problem' in found) throw new InvalidInput([{ field, rule: found.problem }])
  if (new URL(found.id).origin === app.config.origin) throw new InvalidInput([{ field, rule: 'own' }])
  return found
}
