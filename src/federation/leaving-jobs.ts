import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { logger } from '../common/log.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { leftPerson } from '../listing/unlisted-views.ts'
import { foundHolder, lookAgain, sayGoodbye } from './leaving-actions.ts'
import { blankPerson, deleteActivity, updateActivity } from './leaving-document.ts'
import { holdersToFind } from './leaving-views.ts'
import { inboxesThatKnow } from './key-change-views.ts'
import { withComingKeys } from './key-jobs.ts'
import { makeKeys, signingKeys } from './keys.ts'
import type { JsonDocument } from './documents.ts'
import type { Prepared } from './steps.ts'
import { sendCurrentUpdate } from './person-update.ts'
import { readRemoteActor } from './remote-actor.ts'

const log = logger('federation')

/** How long other servers are tried with a person's Delete; her key is kept as long. */
export const triedAfterLeaving = 30 * day

// One that answers the Update with an error of its own must not be kept from the Delete, which waits behind it.
const blankTriedFor = 7 * day

/** What follows when a person hides, leaves, or is fetched by a server that must hear of it. */
export const leavingJobs: JobHandlers = {
  'federation.tell-everybody': (app, { personId }) => tellEverybody(app, personId),
  async 'federation.find-holders'(app, { personId }) {
    const left = await findHolders(app, personId)
    if (await leftPerson(app.db, personId)) await goodbye(app, personId)
    if (left > 0) await lookAgain(app, personId)
  },
}

/** The last words of a person who left public scope: her actor, blank, then its Delete, to everyone who may hold a copy. May run twice. */
export async function personGone(app: App, personId: string): Promise<void> {
  if ((await findHolders(app, personId)) > 0) await lookAgain(app, personId)
  await goodbye(app, personId)
}

async function goodbye(app: App, personId: string): Promise<void> {
  const person = await leftPerson(app.db, personId)
  if (!person) return
  const inboxes = await inboxesThatKnow(app.db, personId)
  const at = addresses(app.config.origin)
  const actor = at.person(personId)
  if (inboxes.length === 0) return sayGoodbye(app, personId, [])
  await makeKeys(app, personId)
  const keys = await signingKeys(app, personId)
  const shown = { number: keys.number, pem: keys.rsa.pem, multikey: keys.ed25519.multikey }
  const empty = blankPerson(at, { ...person, updatedAt: person.retiredAt, movedTo: null }, shown)
  // Whoever has heard of her new keys must not take the former ones again before the Delete.
  const blank = await withComingKeys(app, personId, empty)
  const send = (body: JsonDocument, triedFor: number): Prepared => ({
    id: String(body['id']),
    sender: personId,
    inboxes,
    body,
    giveUpAt: later(person.retiredAt, triedFor),
  })
  // In this order at each inbox: a copy that outlives the Delete, as at snac2, is an empty one.
  await sayGoodbye(app, personId, [
    send(updateActivity(actor, blank, 'last'), blankTriedFor),
    send(deleteActivity(actor), triedAfterLeaving),
  ])
}

// Whoever holds a copy is told, followers or not: hiding is not for followers alone.
async function tellEverybody(app: App, personId: string): Promise<void> {
  await makeKeys(app, personId)
  await sendCurrentUpdate(app, personId, () => inboxesThatKnow(app.db, personId))
}

/** Finds the inboxes of hosts that fetched a person; returns how many are not found yet. */
async function findHolders(app: App, personId: string): Promise<number> {
  let left = 0
  for (const { host, askedBy } of await holdersToFind(app.db, personId)) {
    try {
      const { inbox, sharedInbox } = await readRemoteActor(app, askedBy)
      await foundHolder(app, personId, host, sharedInbox ?? inbox)
    } catch (error) {
      left += 1
      log.info(`${host} does not say where it is told: ${error instanceof Error ? error.name : 'unknown'}`)
    }
  }
  return left
}
