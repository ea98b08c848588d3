import { Router, type Response } from 'express'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { unlistedPerson } from '../listing/unlisted-views.ts'
import { retiredPerson } from '../listing/views.ts'
import { activityStreams, linkedDataJson } from './context.ts'
import { collection, type JsonDocument } from './documents.ts'
import { tombstone } from './note-document.ts'

const emptyCollections: ReadonlySet<string> = new Set(['outbox', 'featured', 'tags'])
const hiddenCollections: ReadonlySet<string> = new Set(['followers', 'following'])

/**
 * What hangs below the actor of a person who left, or hides for now. Of one who left everything answers 410, whatever it was; of one who
 * hides the collections are empty and the rest is unknown.
 */
export function leftDocuments(app: App): Router {
  const router = Router()
  const at = addresses(app.config.origin)
  router.get('/ap/people/:id/*rest', async (request, response, next) => {
    const { id } = request.params
    const rest = request.path.slice(`/ap/people/${id}/`.length)
    const left = await retiredPerson(app.db, id)
    if (left) return answer(response, tombstoneOf(`${at.person(id)}/${rest}`, rest, left.retiredAt), 410)
    if (!emptyCollections.has(rest) && !hiddenCollections.has(rest)) return next()
    if (!(await unlistedPerson(app.db, app.now(), { personId: id }))) return next()
    answer(response, collection(`${at.person(id)}/${rest}`, emptyCollections.has(rest) ? [] : undefined))
  })
  return router
}

function tombstoneOf(id: string, rest: string, deleted: Date): JsonDocument {
  if (/^notes\/\d+$/.test(rest)) return tombstone(id, 'Note', deleted)
  const { formerType: _unknown, ...plain } = tombstone(id, '', deleted)
  return { ...plain, '@context': activityStreams }
}

function answer(response: Response, document: JsonDocument, status = 200): void {
  response
    .status(status)
    .type(linkedDataJson)
    .vary('accept')
    .set('cache-control', 'public, max-age=60')
    .send(JSON.stringify(document))
}
