import { Router } from 'express'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { answerToSend } from '../requests/views.ts'
import { linkedDataJson } from './context.ts'
import { isOwnOf } from './received.ts'
import { replyDocument, replyTombstone } from './reply-document.ts'
import { signerOf } from './signer.ts'

/**
 * Her answers, for the servers of those whom she answered and for nobody else: without a signature of an actor on that server the answer
 * is that of an unknown name, whether there is something or not.
 */
export function replyPages(app: App): Router {
  const router = Router()
  const at = addresses(app.config.origin)
  router.get('/ap/people/:id/replies/:reply', async (request, response) => {
    response.set('cache-control', 'private, no-store').vary('signature')
    const signer = await signerOf(app, request, { queryMayBeUnsigned: true })
    const answer = signer && (await answerToSend(app.db, request.params.reply, app.now()))
    if (!answer || answer.personId !== request.params.id || !isOwnOf(signer.actor, answer.to.actor))
      return void response.status(404).type('text').send('Not found\n')
    const isTakenBack = answer.takenBackAt !== null
    response
      .status(isTakenBack ? 410 : 200)
      .type(linkedDataJson)
      .send(JSON.stringify(isTakenBack ? replyTombstone(at, answer) : replyDocument(at, answer)))
  })
  return router
}
