import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import type { Translate } from '../common/words.ts'
import type { Redirect, View } from '../web/page.ts'
import type { Visit } from '../web/visit.ts'
import type { Viewer } from './card.ts'
import { choicesIn } from './choices.ts'
import { facetCounts } from './count-views.ts'
import type { FacetCounts } from './counting.ts'
import { familyPrefix, filtersOf, tellerOf, type Filters } from './filters.ts'
import { forReader, knowsHours } from './nearby.ts'
import { partText } from './part-text.ts'
import { addressOf, firstPageOf, parameterNames, partsOf, readQuery, type Given, type SearchQuery } from './query.ts'
import { shown } from './shown.ts'
import type { Total } from './total.ts'
import { viewerOf } from './viewer-views.ts'
import { isAnybodyListed, nodesShown, search, widerSearches } from './views.ts'

const everyChoice = 'choices' // beside a query: choices=all also shows those that nobody has

/** The search form with its counts, and one page of the people who fit. */
export async function searchPage(app: App, visit: Visit): Promise<View | Redirect> {
  const { language, t, now } = visit
  const asked = readQuery(givenBy(visit))
  const tidy = addressOf(asked)
  if (isUntidy(visit)) return { redirect: paths.directory + tidy }
  const viewer = await viewerOf(app.db, visit.account)
  const { query, lacksHours } = forReader(asked, viewer, now)
  const [found, counts] = await Promise.all([
    search(app.db, now, viewer, query, app.secrets.order),
    countsFor(app, now, viewer, query),
  ])
  const parts = partsOf(query)
  const isMember = viewer.audience === 'members'
  const isEveryChoice = visit.query[everyChoice] === 'all'
  const filters = filtersOf(query, choicesIn(language), counts, { everyChoice: isEveryChoice, language, t })
  return {
    isMember,
    signIn: `${paths.signIn}?return=${encodeURIComponent(paths.directory + tidy)}`,
    canonical: app.config.origin + paths.directory + addressOf(query),
    form: { text: query.text, open: query.open === true, near: query.hours !== undefined, onlyOne: query.onlyOne },
    filters,
    tell: tellingOf(counts, visit),
    isCounted: counts !== undefined,
    chosenMore: chosenMore(filters, query),
    everyChoice: isEveryChoice ? undefined : `${paths.directory}${tidy}${tidy === '' ? '?' : '&'}${everyChoice}=all`,
    hours: hoursOf(viewer, now),
    lacksHours,
    chips: parts.map((part) => ({
      text: partText(part, language, t),
      href: paths.directory + addressOf(part.without),
    })),
    save: isMember && parts.length > 0 ? paths.saveSearch + addressOf(firstPageOf(query)) : undefined,
    cards: found.cards.map((card) => shown(card, app, language, t)),
    total: found.total && totalText(found.total, t),
    widened: found.widened,
    isFirstPage: query.after === undefined,
    firstPage: paths.directory + addressOf(firstPageOf(query)),
    next: found.next === undefined ? undefined : paths.directory + addressOf({ ...query, after: found.next }),
    ...(found.cards.length === 0 ? await wayOut(app, visit, viewer, query) : {}),
  }
}

// The page is of use without its numbers.
async function countsFor(app: App, now: Date, viewer: Viewer, query: SearchQuery): Promise<FacetCounts | undefined> {
  try {
    return await facetCounts(app.db, now, viewer, query)
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

// Whether hours near the reader's can be asked for, or what is missing. Nobody signed in: nothing to offer.
function hoursOf(viewer: Viewer, now: Date): 'known' | 'missing' | undefined {
  if (viewer.audience !== 'members') return undefined
  return knowsHours(viewer, now) ? 'known' : 'missing'
}

function tellingOf(counts: FacetCounts | undefined, { language, t }: Visit): View {
  if (!counts) return {}
  const tell = tellerOf(counts.isAbout, language, t)
  const onlyOne = (where: string): string => {
    const total = counts.values.get(`only-one:${where}`)
    return total ? tell(total) : ''
  }
  return { open: tell(counts.open), team: onlyOne('team'), organisation: onlyOne('organisation') }
}

// How many things are chosen in the part of the form that is folded away.
function chosenMore(filters: Filters, query: SearchQuery): number {
  const { role: _role, ...folded } = filters
  const listed = Object.values(folded).reduce((sum, { chosen }) => sum + chosen.length, 0)
  return listed + (query.onlyOne === undefined ? 0 : 1) + (query.hours === undefined ? 0 : 1)
}

// No dead end: which single thing to leave out, or to ask alone, or that nobody is here yet and where people come from.
async function wayOut(app: App, { now, language, t }: Visit, viewer: Viewer, query: SearchQuery): Promise<View> {
  if (!(await isAnybodyListed(app.db, now, viewer))) {
    return { empty: 'nobody', nodes: viewer.audience === 'members' ? await nodesShown(app.db, now) : [] }
  }
  const wider = await widerSearches(app.db, now, viewer, query)
  return {
    empty: wider[0]?.kind ?? 'nothing',
    wider: wider.map(({ asked, instead, query: less, total }) => ({
      text: asked.map((part) => partText(part, language, t)).join(', '),
      instead: instead && partText(instead, language, t),
      total: totalText(total, t),
      href: paths.directory + addressOf(less),
    })),
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

// A form sends every list, chosen or not. The address that people see and pass on has only what was asked.
function isUntidy(visit: Visit): boolean {
  return parameterNames.some((name) =>
    visit.queryAll(name).some((value) => value === '' || (name === 'role' && value.startsWith(familyPrefix))),
  )
}

function totalText({ value, relation }: Total, t: Translate): string {
  return relation === 'equal' ? t('directory:total.equal', { count: value }) : t(`directory:total.${relation}`)
}
