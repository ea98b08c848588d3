import { Router } from 'express'
import type { App } from '../app.ts'
import { dayOf } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { longDay } from '../common/days.ts'
import { paths } from '../common/paths.ts'
import type { Language, Translate } from '../common/words.ts'
import { partText } from '../directory/part-text.ts'
import { addressOf, parameterNames, partsOf, readQuery, type SearchQuery } from '../directory/query.ts'
import { button, form } from '../web/form.ts'
import { page } from '../web/page.ts'
import type { Body, SignedInVisit, Visit } from '../web/visit.ts'
import { changeSaved, deleteSaved, endFeed, keepLonger, makeFeed, saveSearch, type Said } from './actions.ts'
import { addLinkPages } from './link-pages.ts'
import { cleanName, endFrom, longestName, mostSearches, nameProblems, queryIfKnown } from './search.ts'
import type { SavedSearch } from './search.ts'
import { searchesOf, searchOf } from './views.ts'

/** Saved searches: the list, saving one, and what its owner can do with it. Nobody else has a page about them. */
export function searchPages(app: App): Router {
  const router = Router()
  page(router, app, paths.savedSearches, {
    who: 'signed-in',
    view: 'searches/list.njk',
    load: async ({ account, now, language, t }) => ({
      searches: (await searchesOf(app.db, account.id, now)).map((search) => inWords(search, language, t)),
      most: mostSearches,
    }),
  })
  addSavePage(router, app)
  addSearchPage(router, app)
  addDeletePage(router, app)
  addFeedButtons(router, app)
  addLinkPages(router, app)
  return router
}

function addSavePage(router: Router, app: App): void {
  form(router, app, paths.saveSearch, {
    who: 'signed-in',
    view: 'searches/save.njk',
    load: async (visit) => {
      const query = queryIn(visit)
      const asked = askedIn(query, visit.language, visit.t)
      const count = (await searchesOf(app.db, visit.account.id, visit.now)).length
      return {
        back: paths.directory + addressOf(query),
        action: paths.saveSearch + addressOf(query),
        asked,
        isFull: count >= mostSearches,
        most: mostSearches,
        until: endFrom(visit.now),
        values: { searchName: shortened(asked.join(', ') || visit.t('searches:everybody')) },
      }
    },
    submit: async (visit, body) => {
      const said = saidIn(body)
      await saveSearch(app, visit.account, queryIn(visit), said)
      visit.request.session.notice = visit.t(said.mails ? 'searches:save.doneMails' : 'searches:save.done')
      return { redirect: paths.savedSearches }
    },
  })
}

function addSearchPage(router: Router, app: App): void {
  form(router, app, paths.savedSearch(':id'), {
    who: 'signed-in',
    view: 'searches/search.njk',
    load: async (visit) => {
      const search = await mine(app, visit)
      return {
        back: paths.savedSearches,
        search: inWords(search, visit.language, visit.t),
        until: endFrom(visit.now),
        isLonger: dayOf(endFrom(visit.now)) > dayOf(search.endsAt),
        values: { searchName: search.name, weekly: search.mails ? 'yes' : 'no' },
      }
    },
    submit: async (visit, body) => {
      await changeSaved(app, visit.account, idIn(visit), saidIn(body))
      visit.request.session.notice = visit.t('searches:search.saved')
      return { redirect: paths.savedSearches }
    },
  })
  button(router, app, paths.keepSearch(':id'), {
    who: 'signed-in',
    submit: async (visit) => {
      await keepLonger(app, visit.account, idIn(visit))
      const until = longDay(endFrom(visit.now), visit.language)
      visit.request.session.notice = visit.t('searches:search.kept', { day: until })
      return { redirect: paths.savedSearches }
    },
  })
}

function addDeletePage(router: Router, app: App): void {
  form(router, app, paths.deleteSearch(':id'), {
    who: 'signed-in',
    view: 'searches/delete.njk',
    load: async (visit) => {
      const search = await searchOf(app.db, visit.account.id, idIn(visit), visit.now)
      return search ? { back: paths.savedSearch(search.id), search } : { redirect: paths.savedSearches }
    },
    submit: async (visit) => {
      await deleteSaved(app, visit.account, idIn(visit))
      visit.request.session.notice = visit.t('searches:delete.done')
      return { redirect: paths.savedSearches }
    },
  })
}

function addFeedButtons(router: Router, app: App): void {
  const path = paths.newSearchFeed(':id')
  // Where a reader comes who changes the language of the page that shows the address, or goes back to it.
  page(router, app, path, {
    who: 'signed-in',
    view: 'searches/search.njk',
    load: async (visit) => ({ redirect: paths.savedSearch(idIn(visit)) }),
  })
  button(router, app, path, {
    who: 'signed-in',
    submit: async (visit) => {
      const search = await mine(app, visit)
      const secret = await makeFeed(app, visit.account, search.id)
      const addressFor = (kind: 'atom' | 'json'): string => app.config.origin + paths.searchFeed(secret, kind)
      const addresses = { atom: addressFor('atom'), json: addressFor('json') }
      return { show: 'searches/feed.njk', view: { back: paths.savedSearch(search.id), search, addresses } }
    },
  })
  button(router, app, paths.endSearchFeed(':id'), {
    who: 'signed-in',
    submit: async (visit) => {
      await endFeed(app, visit.account, idIn(visit))
      visit.request.session.notice = visit.t('searches:feed.ended')
      return { redirect: paths.savedSearch(idIn(visit)) }
    },
  })
}

async function mine(app: App, visit: SignedInVisit): Promise<SavedSearch> {
  const search = await searchOf(app.db, visit.account.id, idIn(visit), visit.now)
  if (!search) throw new Refusal('search-unknown')
  return search
}

function idIn({ params }: Visit): string {
  return params['id'] ?? ''
}

// A search is kept from its first page on.
const kept = parameterNames.filter((name) => name !== 'after')

function queryIn(visit: Visit): SearchQuery {
  return readQuery(Object.fromEntries(kept.map((name) => [name, visit.queryAll(name)])))
}

// Both faults of the form at once.
function saidIn(body: Body): Said {
  const name = cleanName(body.text('searchName'))
  const weekly = body.text('weekly')
  const isChosen = weekly === 'yes' || weekly === 'no'
  const problems = [...nameProblems(name), ...(isChosen ? [] : [{ field: 'weekly', rule: 'choose' }])]
  if (problems.length > 0) throw new InvalidInput(problems)
  return { name, mails: weekly === 'yes' }
}

function inWords(search: SavedSearch, language: Language, t: Translate) {
  const query = queryIfKnown(search)
  return {
    ...search,
    asked: query && askedIn(query, language, t),
    // A search that this version cannot ask leads to the page that says why.
    directory: paths.directory + (search.query === '' ? '' : `?${search.query}`),
  }
}

function askedIn(query: SearchQuery, language: Language, t: Translate): readonly string[] {
  return partsOf(query).map((part) => partText(part, language, t))
}

function shortened(text: string): string {
  const characters = Array.from(text)
  return characters.length <= longestName ? text : `${characters.slice(0, longestName - 1).join('')}…`
}
