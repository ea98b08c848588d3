import { Router } from 'express'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { answer, nothing } from './answering.ts'
import { collection } from './documents.ts'
import { topicSince } from './topic-views.ts'

/** What hangs below a topic: collections that tell neither who follows nor how many, nor what was announced. */
export function topicDocuments(app: App): Router {
  const router = Router()
  const at = addresses(app.config.origin)
  router.get('/ap/topics/:role/:name', async (request, response) => {
    const { role, name } = request.params
    if (!['outbox', 'followers', 'following'].includes(name) || (await topicSince(app, role)) === undefined)
      return nothing(response)
    answer(response, collection(`${at.topic(role)}/${name}`))
  })
  return router
}
