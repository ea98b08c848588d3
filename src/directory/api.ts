import { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { schemaOf } from '../common/parse.ts'
import { paths } from '../common/paths.ts'
import { answerJson, askedOf, refuseParameters } from '../web/asked.ts'
import { answersIn, readFor } from '../web/program.ts'
import { exactlyForReader } from './nearby.ts'
import { addressOf, readQuery } from './query.ts'
import { shown } from './shown.ts'
import { viewerOf } from './viewer-views.ts'
import { entryByKey, search } from './views.ts'

/** The OpenAPI document at /api/v1/openapi.json (schemas/openapi.json). Needs no session. */
export function apiDocument(): Router {
  const router = Router()
  const document = JSON.stringify(schemaOf('openapi'))
  router.get(paths.apiDocument, (_request, response) => {
    response
      .set({
        'access-control-allow-origin': '*',
        'cross-origin-resource-policy': 'cross-origin',
        'cache-control': 'public, max-age=3600',
      })
      .type('application/openapi+json')
      .send(document)
  })
  return router
}

/** The directory as JSON, as schemas/openapi.json describes it. Readers who are not signed in get public listings. */
export function directoryApi(app: App): Router {
  const router = Router()
  router.get(paths.apiListings, async (request, response) => {
    answersIn(request, 'application/json')
    const visit = readFor(app, request, 'directory:read')
    const viewer = await viewerOf(app.db, visit.account)
    const query = exactlyForReader(readQuery(askedOf(visit, request)), viewer, visit.now)
    const found = await search(app.db, visit.now, viewer, query, app.secrets.order)
    const next =
      found.next === undefined
        ? undefined
        : app.config.origin + paths.apiListings + addressOf({ ...query, after: found.next })
    if (next !== undefined) response.append('link', `<${next}>; rel="next"`)
    answerJson(request, response, {
      ...(found.total ? { total: found.total } : {}),
      widened: found.widened,
      items: found.cards.map((card) => shown(card, app, visit.language, visit.t)),
      ...(next === undefined ? {} : { next }),
    })
  })
  router.get(`${paths.apiListings}/:key`, async (request, response) => {
    answersIn(request, 'application/json')
    const visit = readFor(app, request, 'directory:read')
    refuseParameters(visit, request)
    const card = await entryByKey(app.db, visit.now, await viewerOf(app.db, visit.account), visit.params['key'] ?? '')
    if (!card) throw new Refusal('not-found')
    answerJson(request, response, shown(card, app, visit.language, visit.t))
  })
  return router
}
