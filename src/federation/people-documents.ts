import { Router, type Request, type Response } from 'express'
import type { App } from '../app.ts'
import { addresses, directoryActor, nodeActor } from '../common/addresses.ts'
import { paths } from '../common/paths.ts'
import { publicPerson, retiredPerson } from '../listing/views.ts'
import { sentActor } from './actor-cache.ts'
import { actorFor } from './actors.ts'
import { nothing } from './answering.ts'
import { activityJson, linkedDataJson } from './context.ts'
import type { JsonDocument } from './documents.ts'
import { readerOf } from './fedify-actor.ts'
import { actorKeys } from './keys.ts'
import { blankPerson } from './leaving-document.ts'
import { tombstone } from './note-document.ts'
import { webRequest } from './signer.ts'

const jsonTypes = [activityJson, linkedDataJson, 'application/ld+json', 'application/json']

/**
 * The documents of people (FEDERATION.md, Actors), without Fedify: they are ours, byte for byte, and servers read them more often than
 * anything else. A browser goes on from there to the person's page, and a server from the page to the document.
 */
export function peopleDocuments(app: App): Router {
  const router = Router({ strict: true, caseSensitive: true })
  const at = addresses(app.config.origin)

  router.get('/ap/people/:id', async (request, response, next) => {
    const { id } = request.params
    if (!/^[0-9a-z]{4,40}$/.test(id) || id === nodeActor || id === directoryActor) return next()
    response.vary('accept')
    if (prefersPage(request)) return goToPage(app, response, id)
    const isSigned = request.headers['signature'] !== undefined
    const reader = isSigned ? await readerOf(app, webRequest(app.config.origin, request), id) : 'anyone'
    const sent = await sentActor(app, id, reader)
    // What a signature opened is for its signer alone: no shared cache may keep a person in partner scope.
    if (sent) return send(response, sent.bytes, isSigned ? 'private, no-store' : 'public, max-age=60', sent.tag)
    const last = reader === 'partner' ? await lastActor(app, id) : undefined
    if (last) return send(response, bytesOf(last))
    const gone = await retiredPerson(app.db, id)
    if (gone) return send(response.status(410), bytesOf(tombstone(at.person(id), 'Person', gone.retiredAt)))
    const blank = await actorFor(app, id, reader)
    if (blank) return send(response, bytesOf(blank.document))
    response.set('cache-control', 'private, no-store')
    nothing(response)
  })

  router.get(paths.person(':handle'), async (request, response, next) => {
    response.vary('accept')
    if (request.accepts(['text/html', ...jsonTypes]) === 'text/html') return next()
    const handle = String(request.params['handle']).toLowerCase()
    const person = await publicPerson(app.db, app.now(), { handle })
    if (!person) return next()
    response.set('cache-control', 'private, no-store').redirect(302, at.person(person.personId))
  })
  return router
}

/**
 * Who left, with nothing but her key, for a host that must still hear in her name what became of a chat or a booking: it could not be
 * believed otherwise.
 */
async function lastActor(app: App, personId: string): Promise<JsonDocument | undefined> {
  const keys = await actorKeys(app, personId)
  if (!keys) return undefined
  const shown = { number: keys.number, pem: keys.rsa.pem, multikey: keys.ed25519.multikey }
  const facts = { personId, handle: null, publishedAt: app.now(), updatedAt: app.now(), movedTo: null }
  return blankPerson(addresses(app.config.origin), facts, shown)
}

// Whoever takes anything gets the document.
function prefersPage(request: Request): boolean {
  const wanted = request.accepts([...jsonTypes, 'text/html'])
  return wanted === 'text/html' || wanted === false
}

async function goToPage(app: App, response: Response, personId: string): Promise<void> {
  const handle = (await publicPerson(app.db, app.now(), { personId }))?.handle
  response.set('cache-control', 'private, no-store')
  if (typeof handle === 'string') response.redirect(302, paths.person(handle))
  else nothing(response)
}

function bytesOf(document: object): Buffer {
  return Buffer.from(JSON.stringify(document))
}

function send(response: Response, bytes: Buffer, caching = 'private, no-store', tag?: string): void {
  if (tag !== undefined) response.set('etag', `"${tag}"`)
  // Not by express, which would add a character set: neither of the two types has one.
  response.setHeader('content-type', activityJson)
  response.set('cache-control', caching).send(bytes)
}
