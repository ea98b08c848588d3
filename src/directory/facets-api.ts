import { Router } from 'express'
import type { App } from '../app.ts'
import { InvalidInput } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import type { Language } from '../common/vocabularies.ts'
import { answerJson, askedOf } from '../web/asked.ts'
import { answersIn, readFor } from '../web/program.ts'
import { facetCounts } from './count-views.ts'
import type { FacetCounts } from './counting.ts'
import { everyFacet, facetKey, facetKinds, type FacetKind } from './facets.ts'
import { exactlyForReader } from './nearby.ts'
import { listPartNames, listParts, notKnown, readQuery } from './query.ts'
import { facetLabel } from './shown.ts'
import type { Total } from './total.ts'
import { viewerOf } from './viewer-views.ts'

/** How many people each choice beside a search would find, as JSON. */
export function facetsApi(app: App): Router {
  const router = Router()
  router.get(paths.apiFacets, async (request, response) => {
    answersIn(request, 'application/json')
    const visit = readFor(app, request, 'directory:read')
    const asked = askedOf(visit, request)
    if ('after' in asked) throw new InvalidInput([notKnown('after')]) // what is counted has no pages
    const viewer = await viewerOf(app.db, visit.account)
    const query = exactlyForReader(readQuery(asked), viewer, visit.now)
    answerJson(request, response, shownCounts(await facetCounts(app.db, visit.now, viewer, query), visit.language))
  })
  return router
}

type ShownCount = { readonly value: string; readonly label: string; readonly total: Total }

function shownCounts(counts: FacetCounts, language: Language) {
  const found = everyFacet().flatMap((facet) => {
    const total = counts.values.get(facetKey(facet))
    const count: ShownCount[] = total ? [{ value: facet.value, label: facetLabel(facet, language), total }] : []
    return count.map((one) => ({ kind: facet.kind, one }))
  })
  const of = (kind: FacetKind): ShownCount[] => found.filter((count) => count.kind === kind).map(({ one }) => one)
  return {
    isAbout: counts.isAbout,
    open: counts.open,
    facets: Object.fromEntries(facetKinds.map((kind) => [parameterOf(kind), of(kind)])),
  }
}

// By the name under which a search takes its values.
function parameterOf(kind: FacetKind): string {
  const part = listPartNames.find((name) => listParts[name].facet === kind)
  return part === undefined ? 'onlyOne' : listParts[part].parameter
}
