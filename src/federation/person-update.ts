import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { sha256Hex } from '../common/ids.ts'
import type { Tx } from '../database/database.ts'
import { sendUpdate } from './actions.ts'
import { actorFor } from './actors.ts'
import { withComingKeys } from './key-jobs.ts'
import { updateActivity } from './leaving-document.ts'
import { isStillShown, shownNow } from './person-shown.ts'

/**
 * Sends the Update that says what a person's actor is for everyone now, to the inboxes that are found for her; nothing when she is nobody
 * to everyone. The same state gives the same id, so that a job that runs twice sends once. Where she hides, leaves or changes anything
 * between the reading and the sending, what was read is never sent: it is read again.
 */
export async function sendCurrentUpdate(
  app: App,
  personId: string,
  find: () => Promise<readonly string[]>,
): Promise<void> {
  const actor = addresses(app.config.origin).person(personId)
  for (let isSent = false; !isSent;) {
    const seen = await shownNow(app, app.db, personId)
    const found = await actorFor(app, personId, 'anyone')
    if (!found) return
    const document = await withComingKeys(app, personId, found.document)
    const body = updateActivity(actor, document, sha256Hex(JSON.stringify(document)).slice(0, 24))
    const inboxes = await find()
    if (inboxes.length === 0) return
    const isStill = (tx: Tx): Promise<boolean> => isStillShown(app, tx, personId, seen)
    isSent = await sendUpdate(
      app,
      { id: String(body['id']), sender: personId, body, inboxes },
      `${actor}#update-`,
      isStill,
    )
  }
}
