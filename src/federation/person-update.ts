import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { sha256Hex } from '../common/ids.ts'
import { rows, type Reader, type Tx } from '../database/database.ts'
import { unlistedPerson } from '../listing/unlisted-views.ts'
import { publicPerson } from '../listing/views.ts'
import { sendUpdate } from './actions.ts'
import { actorFor } from './actors.ts'
import { actorMarks } from './follower-views.ts'
import { withComingKeys } from './key-jobs.ts'
import { updateActivity } from './leaving-document.ts'

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
    const isStill = async (tx: Tx): Promise<boolean> => {
      await lockShown(tx, personId)
      return (await shownNow(app, tx, personId)) === seen
    }
    isSent = await sendUpdate(
      app,
      { id: String(body['id']), sender: personId, body, inboxes },
      `${actor}#update-`,
      isStill,
    )
  }
}

/** Waits for whoever changes what is shown of a person; then nobody does until this transaction ends. */
export async function lockShown(tx: Tx, personId: string): Promise<void> {
  await rows(
    tx,
    'select 1 from account join listing on listing.account_id = account.id where listing.person_id = $1 for share of account',
    [personId],
  )
}

// All that her actor says but its keys.
async function shownNow(app: App, reader: Reader, personId: string): Promise<string> {
  return JSON.stringify([
    await publicPerson(reader, app.now(), { personId }),
    await unlistedPerson(reader, app.now(), { personId }),
    await actorMarks(reader, personId),
  ])
}
