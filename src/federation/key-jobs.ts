import type { App } from '../app.ts'
import { actorIri, nodeActor } from '../common/addresses.ts'
import { hour, later } from '../common/clock.ts'
import { sha256Hex } from '../common/ids.ts'
import { logger } from '../common/log.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { actorFor } from './actors.ts'
import { publicAudience } from './context.ts'
import { keyBlocks, type JsonDocument } from './documents.ts'
import { announceKeyChange, dropKeyChanges, endKeyChange } from './key-change-actions.ts'
import {
  actorsOfRetired,
  actorsToSwitch,
  actorsWithComingKeys,
  comingKeys,
  inboxesOfHosts,
  inboxesThatKnow,
  longestOverlap,
  updatePrefix,
} from './key-change-views.ts'
import { publicKeysOf } from './keys.ts'
import { isStillShown, shownNow } from './person-shown.ts'
import type { Prepared } from './steps.ts'

/** The change of keys of people, topics and the node; the directory's is in key-command.ts. */
export const keyJobs: JobHandlers = {
  'federation.announce-key': (app, { actorId }) => announce(app, actorId),
}

export const keyTimetable: readonly TimetableEntry[] = [
  { name: 'federation.switch-keys', cron: '*/5 * * * *', run: switchKeys },
]

/**
 * An actor's document as Updates carry it: with the keys that come, where some do. GoToSocial takes another key only from an Update
 * that the former one signed, so from that Update on none may say the former.
 */
export async function withComingKeys(app: App, actorId: string, document: JsonDocument): Promise<JsonDocument> {
  const coming = await comingKeys(app.db, actorId)
  const [first] = coming
  if (!first) return document
  return { ...document, ...keyBlocks(actorIri(app.config.origin, actorId), publicKeysOf(coming, first.number)) }
}

// A person who hides or leaves between the reading and the sending is read again.
async function announce(app: App, actorId: string): Promise<void> {
  for (let isDone = false; !isDone;) {
    const seen = await shownNow(app, app.db, actorId)
    const update = await updateAbout(app, actorId)
    isDone = await announceKeyChange(app, actorId, update, (tx) => isStillShown(app, tx, actorId, seen))
  }
}

// Undefined where nobody can know the key: an actor that nobody outside may read, or that spoke to nobody yet.
async function updateAbout(app: App, actorId: string): Promise<Prepared | undefined> {
  const inboxes = await (actorId === nodeActor ? inboxesOfHosts(app.db) : inboxesThatKnow(app.db, actorId))
  const actor = inboxes.length === 0 ? undefined : await actorFor(app, actorId, 'anyone')
  if (!actor) return undefined
  const { '@context': context, ...object } = await withComingKeys(app, actorId, actor.document)
  const iri = actorIri(app.config.origin, actorId)
  // The same state gives the same id, so that a job that runs twice sends once.
  const id = `${updatePrefix(iri)}${sha256Hex(JSON.stringify(object)).slice(0, 24)}`
  return {
    id,
    sender: actorId,
    inboxes,
    body: { '@context': context, id, type: 'Update', actor: iri, to: [publicAudience], object },
    giveUpAt: later(app.now(), longestOverlap * hour),
  }
}

/** Takes every pair into use whose Update has arrived wherever it could, or has been on its way for 48 hours. */
export async function switchKeys(app: App): Promise<void> {
  const waiting = await actorsWithComingKeys(app.db)
  if (waiting.length === 0) return
  await dropKeyChanges(app, [])
  // Who left says her last words to each server by the key that it was told of, for as long as there is one.
  const retired = await actorsOfRetired(app.db)
  const left = waiting.filter((id) => !retired.has(id))
  const iris = new Map(left.map((id) => [id, actorIri(app.config.origin, id)]))
  for (const actorId of await actorsToSwitch(app.db, iris, app.now())) {
    await endKeyChange(app, actorId)
    logger('federation').info(`actor ${actorId} has new keys`)
  }
}
