import { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { overlapView, type OverlapView } from '../hours/told.ts'
import { mayModerate } from '../safety/decision-views.ts'
import { page, type View } from '../web/page.ts'
import type { Visit } from '../web/visit.ts'
import type { Card, Viewer } from './card.ts'
import { facetsOf } from './facets.ts'
import { addressOf } from './query.ts'
import { searchPage } from './search-pages.ts'
import { shown } from './shown.ts'
import type { DirectoryTools } from './tools.ts'
import { viewerOf } from './viewer-views.ts'
import { entryByKey } from './views.ts'

/** The directory: search and results, and one page for each listing. */
export function directoryPages(app: App, tools: DirectoryTools): Router {
  const router = Router()
  page(router, app, paths.directory, {
    who: 'anyone',
    view: 'directory/search.njk',
    load: (visit) => searchPage(app, visit),
  })
  page(router, app, paths.entry(':key'), {
    who: 'anyone',
    view: 'directory/entry.njk',
    load: (visit) => entryPage(app, tools, visit),
  })
  // What the hashtags on actors and Notes lead to.
  router.get(paths.openTag, (_request, response) => response.redirect(302, paths.directory + addressOf({ open: true })))
  router.get(paths.practiceTag, (_request, response) => response.redirect(302, paths.directory))
  return router
}

async function entryPage(app: App, tools: DirectoryTools, visit: Visit): Promise<View> {
  const viewer = await viewerOf(app.db, visit.account)
  const card = await entryByKey(app.db, visit.now, viewer, visit.params['key'] ?? '')
  if (!card) throw new Refusal('not-found')
  const one = shown(card, app, visit.language, visit.t)
  const [role] = facetsOf(card.document).filter(({ kind }) => kind === 'role')
  return {
    one,
    isMember: viewer.audience === 'members',
    mayHide:
      card.accountId === undefined && visit.account !== undefined && (await mayModerate(app.db, visit.account.id)),
    back: backTo(visit.request.get('referer'), app.config.origin),
    sameRole: role && paths.directory + addressOf({ roles: [role.value] }),
    hours: hoursBeside(card, viewer, visit),
    officeHours: viewer.audience === 'members' && !card.isMine ? await tools.officeHours(app, card) : 'no',
  }
}

// The results or suggestions that she came from, as far as the browser tells.
function backTo(referer: string | undefined, own: string): string {
  if (referer === undefined || !URL.canParse(referer)) return paths.directory
  const { origin, pathname, search } = new URL(referer)
  const isList = [paths.directory, paths.suggestions, paths.map].some((path) => path === pathname)
  return origin === own && isList ? pathname + search : paths.directory
}

// For readers who have said something of themselves; of the other person only the country counts.
function hoursBeside(card: Card, viewer: Viewer, { now, language, t }: Visit): OverlapView | undefined {
  const country = card.document.worksFor.addressCountry
  if (card.isMine || viewer.profile === undefined || country === undefined) return undefined
  return overlapView(viewer.profile, country, now, language, t)
}
