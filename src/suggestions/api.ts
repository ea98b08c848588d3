import { Router } from 'express'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { answerJson, refuseParameters } from '../web/asked.ts'
import { answersIn, readAsPerson } from '../web/program.ts'
import { suggestionShown } from './shown.ts'
import { suggestionsFor } from './views.ts'

/** Today's suggestions as JSON, for whoever they are for. How many people she set aside stays out of it. */
export function suggestionsApi(app: App): Router {
  const router = Router()
  router.get(paths.apiSuggestions, async (request, response) => {
    answersIn(request, 'application/json')
    const visit = readAsPerson(app, request, 'suggestions:read')
    refuseParameters(visit, request)
    const found = await suggestionsFor(app, await viewerOf(app.db, visit.account), visit.now)
    answerJson(request, response, {
      items: found.people.map((one) => suggestionShown(one, app, visit.language, visit.t)),
      missing: found.missing,
    })
  })
  return router
}
