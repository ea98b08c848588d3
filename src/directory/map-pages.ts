import { Router } from 'express'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import type { Language } from '../common/words.ts'
import { page, type View } from '../web/page.ts'
import type { Visit } from '../web/visit.ts'
import { choicesIn } from './choices.ts'
import { facetCounts } from './count-views.ts'
import { facetLabel } from './shown.ts'
import type { FacetKind } from './facets.ts'
import { crowdedPart, discsIn, discsOf, sharesOf, type Share } from './map.ts'
import { addressOf, readQuery, type SearchQuery } from './query.ts'
import { viewerOf } from './viewer-views.ts'
import { nodesShown } from './views.ts'
import { world } from '../common/world.ts'

/** Where the people are whom a reader may see: a map and tables, by country and by sector. */
export function mapPages(app: App): Router {
  const router = Router()
  page(router, app, paths.map, { who: 'anyone', view: 'directory/map.njk', load: (visit) => mapPage(app, visit) })
  return router
}

async function mapPage(app: App, visit: Visit): Promise<View> {
  const { language, now } = visit
  const viewer = await viewerOf(app.db, visit.account)
  const { sectors = [], open } = readQuery({ sector: visit.queryAll('sector'), open: visit.queryAll('open') })
  const query: SearchQuery = {
    ...(sectors[0] === undefined ? {} : { sectors: [sectors[0]] }),
    ...(open ? { open } : {}),
  }
  const counts = await facetCounts(app.db, now, viewer, query)
  const rows = (kind: FacetKind, search: (value: string) => SearchQuery) =>
    sharesOf(counts, kind).map((share) => ({
      ...named(share, kind, language),
      href: paths.directory + addressOf({ ...query, ...search(share.value) }),
    }))
  const countries = sharesOf(counts, 'country')
  const discs = discsOf(countries).map((disc) => ({ ...disc, ...named(disc, 'country', language) }))
  const part = crowdedPart(discs)
  const isMember = viewer.audience === 'members'
  return {
    isMember,
    isAbout: counts.isAbout,
    form: { sector: sectors[0], open: open === true },
    sectorChoices: choicesIn(language).sectors,
    world: world(),
    discs,
    part: part && { ...part, discs: discsIn(part, discs) },
    countries: rows('country', (value) => ({ countries: [value] })),
    sectors: rows('sector', (value) => ({ sectors: [value] })),
    nodes: isMember && countries.length === 0 ? await nodesShown(app.db, now) : [],
    signIn: `${paths.signIn}?return=${encodeURIComponent(paths.map)}`,
  }
}

function named<One extends Share>(share: One, kind: FacetKind, language: Language): One & { readonly name: string } {
  return { ...share, name: facetLabel({ kind, value: share.value }, language) }
}
