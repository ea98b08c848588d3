import { Router, type Request } from 'express'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { personFor, speechOf } from './actors.ts'
import { collection, organisationDocument, type JsonDocument } from './documents.ts'
import { tombstone, typeOfNote } from './note-document.ts'
import { proposalDocument, tagsDocument } from './person-document.ts'
import { answer, nothing } from './answering.ts'
import { noteByNumber, standingNotes } from './note-views.ts'
import { isTrue } from './notes.ts'
import { topicDocuments } from './topic-documents.ts'

/** Misskey reads as many. */
const mostPinned = 5

/**
 * What hangs below our actors: the organisation, collections that servers read on first sight, a person's flag and Notes.
 * Only public people have any of it; for everyone else the answer is that of an unknown name.
 */
export function federationDocuments(app: App): Router {
  const router = Router()
  const at = addresses(app.config.origin)

  router.get('/ap/org', (_request, response) => answer(response, organisationDocument(at, app.config)))
  router.get('/.well-known/host-meta', (_request, response) => {
    response
      .type('application/xrd+xml')
      .send(
        `<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n  <Link rel="lrdd" template="${at.origin}/.well-known/webfinger?resource={uri}"/>\n</XRD>\n`,
      )
  })
  for (const name of ['followers', 'following']) {
    router.get(`/ap/directory/${name}`, (_request, response) => answer(response, collection(`${at.directory}/${name}`)))
  }
  for (const path of ['/ap/directory/outbox', '/ap/actor/outbox'])
    router.get(path, (_request, response) => answer(response, collection(at.origin + path, [])))

  router.get('/ap/people/:id/:name', async (request, response) => {
    const { id, name } = paramsOf(request)
    const person = await personFor(app, id, 'anyone')
    if (!person) return nothing(response)
    const iri = `${at.person(id)}/${name}`
    // Followers and following are hidden: no items and no total (FEDERATION.md, Addresses).
    if (name === 'followers' || name === 'following') return answer(response, collection(iri))
    if (name === 'outbox' || name === 'featured') {
      const notes = (await standingNotes(app.db, id)).filter((note) => isTrue(at, note, person, app.now()))
      if (name === 'outbox') return answer(response, { ...collection(iri), totalItems: notes.length })
      // Ids and no page: Mastodon and GoToSocial fetch them, and Misskey reads the list itself and does the same.
      const pinned = notes.filter(({ kind }) => kind === 'opened').map(({ number }) => at.note(id, number ?? 0))
      return answer(response, collection(iri, pinned.toReversed().slice(0, mostPinned)))
    }
    if (name === 'tags') return answer(response, tagsDocument(at, person))
    nothing(response)
  })

  router.get('/ap/people/:id/chat/:number', async (request, response) => {
    const { id, number } = paramsOf(request)
    const person = await personFor(app, id, 'anyone')
    const proposal = person && proposalDocument(person, speechOf(app, person.language).t)
    if (!person || !proposal || proposal['id'] !== at.chat(id, Number(number))) return nothing(response)
    answer(response, proposal)
  })

  router.get('/ap/people/:id/notes/:number', async (request, response) => {
    const { id, number } = paramsOf(request)
    const note = /^\d{1,9}$/.test(number) ? await noteByNumber(app.db, id, Number(number)) : undefined
    if (!note) return nothing(response)
    const person = await personFor(app, id, 'anyone')
    // Gone at its end, also when the job that deletes it is late.
    if (note.body === null || !isTrue(at, note, person, app.now()))
      return answer(
        response,
        tombstone(at.note(id, Number(number)), typeOfNote(note.kind), note.deletedAt ?? undefined),
        410,
      )
    // No cache keeps it beyond its end. The body is our own, kept when it was sent.
    answer(response, JSON.parse(note.body) as JsonDocument, 200, note.endsAt.getTime() - app.now().getTime())
  })
  router.use(topicDocuments(app))
  return router
}

function paramsOf(request: Request): { id: string; name: string; number: string } {
  const text = (name: string): string => String(request.params[name] ?? '')
  return { id: text('id'), name: text('name'), number: text('number') }
}
