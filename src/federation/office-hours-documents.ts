import { Router, type Request, type Response } from 'express'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { partnerPerson, publicPerson, type ShownPerson } from '../listing/views.ts'
import { speechOf } from './actors.ts'
import { nothing } from './answering.ts'
import { linkedDataJson } from './context.ts'
import type { JsonDocument } from './documents.ts'
import { readerOf } from './fedify-actor.ts'
import { hoursCollection, sittingDocument } from './office-hours-document.ts'
import { openSittings } from './office-hours-views.ts'
import { webRequest } from './signer.ts'

/**
 * The times of office hours that can be booked, and each by itself: for whoever may read the person, by a signature of a partner node
 * where she is not public. For everyone else the answer is that of an unknown name.
 */
export function officeHoursDocuments(app: App): Router {
  const router = Router({ strict: true, caseSensitive: true })
  const at = addresses(app.config.origin)
  router.get('/ap/people/:id/office-hours', async (request, response) => {
    const person = await readable(app, request)
    if (!person) return nothing(response)
    const open = await openSittings(app.db, person.personId, app.now())
    send(response, hoursCollection(at, person, open, speechOf(app, person.language)))
  })
  router.get('/ap/people/:id/office-hours/:hours/:day', async (request, response) => {
    const { hours, day } = request.params
    const person = await readable(app, request)
    const open = person ? await openSittings(app.db, person.personId, app.now()) : []
    const sitting = open.find((one) => one.hoursId === hours && one.day === day)
    if (!person || !sitting) return nothing(response)
    send(response, sittingDocument(at, person, sitting, speechOf(app, person.language)))
  })
  return router
}

// What a signature opened is for its signer alone, and whether a place is left changes at any moment.
function send(response: Response, document: JsonDocument): void {
  response.type(linkedDataJson).vary('accept').set('cache-control', 'private, no-store').send(JSON.stringify(document))
}

async function readable(app: App, request: Request): Promise<ShownPerson | undefined> {
  const id = String(request.params['id'])
  if (!/^[0-9a-z]{4,40}$/.test(id)) return undefined
  const open = await publicPerson(app.db, app.now(), { personId: id })
  if (open || request.headers['signature'] === undefined) return open
  const reader = await readerOf(app, webRequest(app.config.origin, request), id)
  return reader === 'partner' ? partnerPerson(app.db, app.now(), id) : undefined
}
