import { Router, type Request, type Response } from 'express'
import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { schemaOf } from '../common/parse.ts'
import { paths } from '../common/paths.ts'
import { asLanguage } from '../common/words.ts'
import { answersIn, readFor } from '../web/program.ts'
import type { Visit } from '../web/visit.ts'
import { exactlyForReader } from './nearby.ts'
import { addressOf, notKnown, readQuery, type Given } from './query.ts'
import { shown } from './shown.ts'
import { viewerOf } from './viewer-views.ts'
import { entryByKey, search } from './views.ts'

/** The OpenAPI document at /api/v1/openapi.json (schemas/openapi.json). Needs no session. */
export function apiDocument(): Router {
  const router = Router()
  const document = JSON.stringify(schemaOf('openapi'))
  router.get(paths.apiDocument, (_request, response) => {
    response.type('application/openapi+json').send(document)
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
    const query = exactlyForReader(readQuery(withoutLanguage(visit, request)), viewer, visit.now)
    const found = await search(app.db, visit.now, viewer, query, app.secrets.order)
    const next =
      found.next === undefined
        ? undefined
        : app.config.origin + paths.apiListings + addressOf({ ...query, after: found.next })
    if (next !== undefined) response.append('link', `<${next}>; rel="next"`)
    answer(response, {
      ...(found.total ? { total: found.total } : {}),
      widened: found.widened,
      items: found.cards.map((card) => shown(card, app, visit.language, visit.t)),
      ...(next === undefined ? {} : { next }),
    })
  })
  router.get(`${paths.apiListings}/:key`, async (request, response) => {
    answersIn(request, 'application/json')
    const visit = readFor(app, request, 'directory:read')
    refuseOtherParameters(withoutLanguage(visit, request))
    const card = await entryByKey(app.db, visit.now, await viewerOf(app.db, visit.account), visit.params['key'] ?? '')
    if (!card) throw new Refusal('not-found')
    answer(response, shown(card, app, visit.language, visit.t))
  })
  return router
}

// The language was chosen by web/language.ts from the same parameter; here it is only checked.
function withoutLanguage(visit: Visit, request: Request): Given {
  const given = Object.fromEntries(Object.keys(request.query).map((name) => [name, visit.queryAll(name)]))
  const { lang = [], ...rest } = given
  if (lang.some((language) => asLanguage(language) === undefined))
    throw new InvalidInput([{ field: 'lang', rule: 'enum' }])
  return rest
}

function refuseOtherParameters(given: Given): void {
  const others = Object.keys(given).map((name) => notKnown(name))
  if (others.length > 0) throw new InvalidInput(others)
}

// What may be seen depends on who asks, and can end at any moment: nobody keeps it.
function answer(response: Response, body: unknown): void {
  response.set('cache-control', 'no-store').json(body)
}
