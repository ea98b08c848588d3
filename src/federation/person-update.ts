import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { sha256Hex } from '../common/ids.ts'
import { actorFor } from './actors.ts'
import { withComingKeys } from './key-jobs.ts'
import { updateActivity } from './leaving-document.ts'
import type { Prepared } from './steps.ts'

/**
 * The Update that says what a person's actor is for everyone now; undefined when it is nothing. The same state gives the same id, so that
 * a job that runs twice sends once.
 */
export async function currentUpdate(app: App, personId: string): Promise<Omit<Prepared, 'inboxes'> | undefined> {
  const found = await actorFor(app, personId, 'anyone')
  if (!found) return undefined
  const document = await withComingKeys(app, personId, found.document)
  const actor = addresses(app.config.origin).person(personId)
  const body = updateActivity(actor, document, sha256Hex(JSON.stringify(document)).slice(0, 24))
  return { id: String(body['id']), sender: personId, body }
}
