import { Router } from 'express'
import type { App } from '../app.ts'
import { rfc3339 } from '../common/clock.ts'
import { paths } from '../common/paths.ts'
import { answerJson, refuseParameters } from '../web/asked.ts'
import { answersIn, readAsPerson } from '../web/program.ts'
import { searchesOf } from './views.ts'

/** A person's saved searches as JSON, each with the address that runs it. The secret addresses of feeds are kept nowhere. */
export function searchesApi(app: App): Router {
  const router = Router()
  const { origin } = app.config
  router.get(paths.apiSearches, async (request, response) => {
    answersIn(request, 'application/json')
    const visit = readAsPerson(app, request, 'searches:read')
    refuseParameters(visit, request)
    const searches = await searchesOf(app.db, visit.account.id, visit.now)
    answerJson(request, response, {
      items: searches.map(({ id, name, query, savedAt, endsAt, mails, hasFeed }) => ({
        id,
        name,
        listings: origin + paths.apiListings + (query === '' ? '' : `?${query}`),
        savedAt: rfc3339(savedAt),
        endsAt: rfc3339(endsAt),
        mails,
        hasFeed,
      })),
    })
  })
  return router
}
