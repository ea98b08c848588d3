import { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import type { Translate } from '../common/words.ts'
import { mayModerate } from '../safety/decision-views.ts'
import { page, type View } from '../web/page.ts'
import type { Visit } from '../web/visit.ts'
import type { Viewer } from './card.ts'
import { choicesIn } from './choices.ts'
import { facetsOf } from './facets.ts'
import { addressOf, firstPageOf, parameterNames, partsOf, readQuery, type Given, type SearchQuery } from './query.ts'
import { partText } from './part-text.ts'
import { shown } from './shown.ts'
import type { Total } from './total.ts'
import { viewerOf } from './viewer-views.ts'
import { entryByKey, isAnybodyListed, nodesShown, search, widerSearches } from './views.ts'

const familyPrefix = 'family:' // a family in the list of roles

/** The directory: search and results, and one page for each listing. */
export function directoryPages(app: App): Router {
  const router = Router()
  page(router, app, paths.directory, {
    who: 'anyone',
    view: 'directory/search.njk',
    load: (visit) => searchPage(app, visit),
  })
  page(router, app, paths.entry(':key'), {
    who: 'anyone',
    view: 'directory/entry.njk',
    load: (visit) => entryPage(app, visit),
  })
  // What the hashtags on actors and Notes lead to.
  router.get(paths.openTag, (_request, response) => response.redirect(302, paths.directory + addressOf({ open: true })))
  router.get(paths.practiceTag, (_request, response) => response.redirect(302, paths.directory))
  return router
}

async function searchPage(app: App, visit: Visit): Promise<View> {
  const { language, t, now } = visit
  const query = readQuery(givenBy(visit))
  const viewer = await viewerOf(app.db, visit.account)
  const found = await search(app.db, now, viewer, query, app.secrets.order)
  return {
    isMember: viewer.audience === 'members',
    signIn: `${paths.signIn}?return=${encodeURIComponent(paths.directory + addressOf(query))}`,
    form: formOf(query),
    choices: choicesIn(language),
    chips: partsOf(query).map((part) => ({
      text: partText(part, language, t),
      href: paths.directory + addressOf(part.without),
    })),
    cards: found.cards.map((card) => shown(card, app, language, t)),
    total: found.total && totalText(found.total, t),
    widened: found.widened,
    isFirstPage: query.after === undefined,
    firstPage: paths.directory + addressOf(firstPageOf(query)),
    next: found.next === undefined ? undefined : paths.directory + addressOf({ ...query, after: found.next }),
    ...(found.cards.length === 0 ? await wayOut(app, visit, viewer, query) : {}),
  }
}

// No dead end: which single thing to leave out, or that nobody is here yet and where people come from.
async function wayOut(app: App, { now, language, t }: Visit, viewer: Viewer, query: SearchQuery): Promise<View> {
  if (!(await isAnybodyListed(app.db, now, viewer))) {
    return { empty: 'nobody', nodes: viewer.audience === 'members' ? await nodesShown(app.db, now) : [] }
  }
  const wider = await widerSearches(app.db, now, viewer, query)
  return {
    empty: wider.length > 0 ? 'wider' : 'nothing',
    wider: wider.map(({ part, total }) => ({
      text: partText(part, language, t),
      total: totalText(total, t),
      href: paths.directory + addressOf(part.without),
    })),
  }
}

async function entryPage(app: App, visit: Visit): Promise<View> {
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
    back: paths.directory,
    sameRole: role && paths.directory + addressOf({ roles: [role.value] }),
  }
}

// Parameters of others (a campaign's, a mail program's) are not ours to refuse on a page.
function givenBy(visit: Visit): Given {
  const given = Object.fromEntries(parameterNames.map((name) => [name, visit.queryAll(name)]))
  const roles = given['role'] ?? []
  return {
    ...given,
    role: roles.filter((role) => !role.startsWith(familyPrefix)),
    family: [
      ...(given['family'] ?? []),
      ...roles.filter((role) => role.startsWith(familyPrefix)).map((role) => role.slice(familyPrefix.length)),
    ],
  }
}

// What the form shows as chosen. A list shows one value; the others stay as hidden fields until their chip is removed.
function formOf(query: SearchQuery): View {
  const roles = [...(query.roles ?? []), ...(query.families ?? []).map((family) => familyPrefix + family)]
  const chosen = {
    role: roles,
    sector: query.sectors,
    country: query.countries,
    language: query.languages,
    shares: query.shares,
    wants: query.wants,
    kind: query.kinds,
  }
  return {
    text: query.text,
    onlyOne: query.onlyOne,
    open: query.open === true,
    first: Object.fromEntries(Object.entries(chosen).map(([name, values]) => [name, values?.[0]])),
    others: Object.entries(chosen).flatMap(([name, values]) =>
      (values ?? []).slice(1).map((value) => ({ name, value })),
    ),
  }
}

function totalText({ value, relation }: Total, t: Translate): string {
  return relation === 'equal' ? t('directory:total.equal', { count: value }) : t(`directory:total.${relation}`)
}
