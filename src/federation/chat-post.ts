import type { App } from '../app.ts'
import { InvalidInput } from '../common/errors.ts'
import { OutboundError } from '../common/outbound.ts'
import { ownerOfPerson } from '../listing/owner-views.ts'
import { inboxOfPeer } from './chat-peer.ts'
import { activityJson } from './context.ts'
import type { JsonDocument } from './documents.ts'
import { actorKeys, makeKeys } from './keys.ts'
import { signAs } from './signed.ts'

/**
 * Posts what a person here says to one person elsewhere, signed as her, to that person's own inbox; whether it was taken. Whatever else
 * was answered may be mended there: try again.
 */
export async function isTaken(app: App, personId: string, actor: string, body: JsonDocument): Promise<boolean> {
  // Somebody who left gets no new keys: what can still be signed is sent.
  if ((await ownerOfPerson(app.db, personId))?.retiredAt === null) await makeKeys(app, personId)
  if (!(await actorKeys(app, personId))) return false
  const headers = { 'content-type': activityJson, accept: activityJson }
  try {
    const inbox = await inboxOfPeer(app, actor)
    const request = new Request(inbox, { method: 'POST', headers, body: JSON.stringify(body) })
    const sign = await signAs(app, personId)
    const { status } = await app.outbound.fetch(request, { sign, maxBytes: 64 * 1024, redirects: 0 })
    if (status < 200 || status > 299) return false
  } catch (error) {
    if (error instanceof OutboundError || error instanceof InvalidInput) return false
    throw error
  }
  return true
}
