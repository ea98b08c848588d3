import type { App } from '../app.ts'
import { rows, type Reader, type Tx } from '../database/database.ts'
import { unlistedPerson } from '../listing/unlisted-views.ts'
import { publicPerson } from '../listing/views.ts'
import { actorMarks } from './follower-views.ts'

/** All that a person's actor says to everyone at this moment but its keys, to be compared with what it says later. */
export async function shownNow(app: App, reader: Reader, personId: string): Promise<string> {
  return JSON.stringify([
    await publicPerson(reader, app.now(), { personId }),
    await unlistedPerson(reader, app.now(), { personId }),
    await actorMarks(reader, personId),
  ])
}

/**
 * Whether her actor says the same still. Waits for whoever changes what is shown of her; then nobody does until this transaction ends.
 */
export async function isStillShown(app: App, tx: Tx, personId: string, seen: string): Promise<boolean> {
  await rows(
    tx,
    'select 1 from account join listing on listing.account_id = account.id where listing.person_id = $1 for share of account',
    [personId],
  )
  return (await shownNow(app, tx, personId)) === seen
}
