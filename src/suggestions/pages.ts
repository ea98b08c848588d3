import { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { entryByKey, isAnybodyListed, nodesShown } from '../directory/views.ts'
import { isComplete } from '../profile/profile.ts'
import { profileOf } from '../profile/views.ts'
import { button } from '../web/form.ts'
import { page, type View } from '../web/page.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { forgetSetAside, setAside } from './actions.ts'
import { suggestionShown } from './shown.ts'
import { suggestionsFor } from './views.ts'

/** Five people to look sideways at, and "not this person". */
export function suggestionPages(app: App): Router {
  const router = Router()
  page(router, app, paths.suggestions, {
    who: 'signed-in',
    view: 'suggestions/suggestions.njk',
    load: (visit) => suggestionsPage(app, visit),
  })
  button(router, app, paths.notThisPerson, {
    who: 'signed-in',
    async submit(visit, body) {
      const viewer = await viewerOf(app.db, visit.account)
      const card = await entryByKey(app.db, visit.now, viewer, body.text('entry'))
      if (!card || card.isMine) throw new Refusal('not-found')
      await setAside({ ...app, hashingKey: app.secrets.hashing }, visit.account.id, card.document.featuredObject)
      visit.request.session.notice = visit.t('suggestions:not.done')
      return { redirect: paths.suggestions }
    },
  })
  button(router, app, paths.forgetSetAside, {
    who: 'signed-in',
    async submit(visit) {
      await forgetSetAside(app, visit.account.id)
      visit.request.session.notice = visit.t('suggestions:forget.done')
      return { redirect: paths.suggestions }
    },
  })
  return router
}

async function suggestionsPage(app: App, { account, now, language, t }: SignedInVisit): Promise<View> {
  const profile = await profileOf(app.db, account.id)
  if (!profile || !isComplete(profile.fields)) return { state: 'unknown', people: [], setAside: 0 }
  const viewer = await viewerOf(app.db, account)
  const found = await suggestionsFor(app, viewer, now)
  const isAlone = found.people.length === 0 && !(await isAnybodyListed(app.db, now, viewer))
  return {
    state: found.people.length > 0 ? 'found' : isAlone ? 'alone' : 'nobody',
    people: found.people.map((one) => suggestionShown(one, app, language, t)),
    missing: found.missing,
    setAside: found.setAside,
    nodes: found.people.length === 0 ? await nodesShown(app.db, now) : [],
    knowsHours: profile.fields.timeZone !== undefined,
    hasSwap: (profile.fields.shares ?? []).length > 0 && (profile.fields.wantsToTry ?? []).length > 0,
  }
}
