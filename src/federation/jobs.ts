import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { sha256Hex } from '../common/ids.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import { flagById } from '../listing/views.ts'
import { announceFlag, sayGoodbye, send, sendUpdate, tidyUp, withdrawNote } from './actions.ts'
import { actorFor, personFor, speechOf } from './actors.ts'
import { deliver } from './deliver.ts'
import { documentContext, publicAudience } from './context.ts'
import type { JsonDocument } from './documents.ts'
import type { NodeFederation } from './federation.ts'
import { makeKeys } from './keys.ts'
import { noteDocument, tombstone } from './note-document.ts'
import type { PersonFacts } from './person-document.ts'
import type { Prepared } from './steps.ts'
import { followerById, followerInboxes, inboxesEverUsed, noteOfFlag } from './views.ts'

/** What federation does when something changed. Each loads what is true now, and does nothing when the thing is gone. */
export function federationJobs(federation: NodeFederation): JobHandlers {
  return {
    'federation.make-keys': (app, { actorId }) => makeKeys(app, actorId),
    'federation.deliver': (app, { deliveryId }) => deliver(app, deliveryId),
    // What putAside stored is what Fedify handed over.
    'federation.inbox': (app, { message }) => federation.processQueuedTask(app, JSON.parse(message)),
    'federation.person-changed': (app, { personId }) => personChanged(app, personId),
    'federation.person-gone': (app, { personId }) => personGone(app, personId),
    'federation.flag-opened': (app, { flagId }) => flagOpened(app, flagId),
    'federation.flag-closed': (app, { flagId }) => flagClosed(app, flagId),
    'federation.answer-follower': (app, { followerId, answer }) => answerFollower(app, followerId, answer),
  }
}

export const federationTimetable: readonly TimetableEntry[] = [
  { name: 'federation.tidy-up', cron: '17 3 * * *', run: tidyUp },
]

async function personChanged(app: App, personId: string): Promise<void> {
  await makeKeys(app, personId)
  const person = await personFor(app, personId, 'anyone')
  const inboxes = person ? await followerInboxes(app.db, personId) : []
  if (!person || inboxes.length === 0) return
  const body = await updateOf(app, person)
  await sendUpdate(app, { id: String(body['id']), sender: personId, inboxes, body }, `${iriOf(app, personId)}#update-`)
}

async function updateOf(app: App, person: PersonFacts): Promise<JsonDocument> {
  const actor = await actorFor(app, person.personId, 'anyone')
  if (!actor) throw new Error(`person ${person.personId} has no document`)
  const { '@context': context, ...object } = actor.document
  const actorId = iriOf(app, person.personId)
  // The same state gives the same id, so that a job that runs twice sends once.
  const id = `${actorId}#update-${sha256Hex(`${person.updatedAt.getTime()} ${JSON.stringify(object)}`).slice(0, 24)}`
  return { '@context': context, id, type: 'Update', actor: actorId, to: [publicAudience], object }
}

async function personGone(app: App, personId: string): Promise<void> {
  const inboxes = await inboxesEverUsed(app.db, personId)
  if (inboxes.length === 0) return
  const id = iriOf(app, personId)
  // The key stays until the Delete is delivered; the actor answers 410 from the moment of the withdrawal.
  const body = {
    '@context': documentContext,
    id: `${id}#delete`,
    type: 'Delete',
    actor: id,
    object: id,
    to: [publicAudience],
  }
  await sayGoodbye(app, personId, [
    { id: `${id}#delete`, sender: personId, inboxes, body, giveUpAt: later(app.now(), 30 * day) },
  ])
}

async function flagOpened(app: App, flagId: string): Promise<void> {
  const flag = await flagById(app.db, flagId)
  if (!flag) return
  const person = await personFor(app, flag.personId, 'anyone')
  if (!person?.document.peerChat) return
  await makeKeys(app, person.personId)
  const id = iriOf(app, person.personId)
  const note = noteDocument(addresses(app.config.origin), person, flag.number, {
    now: app.now(),
    speech: speechOf(app, person.language),
  })
  const { '@context': context, ...object } = note
  const activity: Prepared = {
    id: `${String(note['id'])}/activity`,
    sender: person.personId,
    inboxes: await followerInboxes(app.db, person.personId),
    body: {
      '@context': context,
      id: `${String(note['id'])}/activity`,
      type: 'Create',
      actor: id,
      published: note['published'],
      to: note['to'],
      cc: note['cc'],
      object,
    },
  }
  await announceFlag(app, flagId, person.personId, JSON.stringify(note), [activity])
}

async function flagClosed(app: App, flagId: string): Promise<void> {
  const note = await noteOfFlag(app.db, flagId)
  if (!note || note.deletedAt) return
  // Our own body, kept by announceFlag.
  const { id } = JSON.parse(note.body) as { readonly id: string }
  const actor = iriOf(app, note.personId)
  const { '@context': context, ...object } = tombstone(id, 'Note', app.now())
  const activity: Prepared = {
    id: `${id}#delete`,
    sender: note.personId,
    inboxes: await inboxesEverUsed(app.db, note.personId),
    giveUpAt: later(app.now(), 30 * day),
    body: { '@context': context, id: `${id}#delete`, type: 'Delete', actor, to: [publicAudience], object },
  }
  await withdrawNote(app, flagId, [activity])
}

async function answerFollower(app: App, followerId: string, answer: 'accept' | 'reject'): Promise<void> {
  const follower = await followerById(app.db, followerId)
  if (!follower) return
  const actor = iriOf(app, follower.personId)
  const id = `${actor}#${answer}-${app.newId()}`
  // Every Accept and Reject embeds the Follow that it answers: Mastodon matches by its id, GoToSocial reads the object.
  const { '@context': _context, ...follow } = JSON.parse(follower.follow) as JsonDocument
  await send(app, {
    id,
    sender: follower.personId,
    inboxes: [follower.inbox],
    body: {
      '@context': documentContext,
      id,
      type: answer === 'accept' ? 'Accept' : 'Reject',
      actor,
      to: [follower.actor],
      object: follow,
    },
  })
}

function iriOf(app: App, personId: string): string {
  return addresses(app.config.origin).person(personId)
}
