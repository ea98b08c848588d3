import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { OutboundError } from '../common/outbound.ts'
import { backOff } from '../jobs/queue.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { finishSending } from '../requests/actions.ts'
import type { AnswerToSend } from '../requests/request.ts'
import { answerToSend } from '../requests/views.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import { foundHolder, noteHolder } from './leaving-actions.ts'
import { activityJson } from './context.ts'
import { makeKeys } from './keys.ts'
import { readRemoteActor } from './remote-actor.ts'
import { replyCreate, replyDelete } from './reply-document.ts'
import { signAs } from './signed.ts'

/** How long an answer is tried; its Delete is tried for as long as the request lives. */
const triedFor = 2 * day

/** Sends her answers to messages from outside. */
export const replyJobs: JobHandlers = {
  'federation.send-reply': (app, { replyId }) => sendReply(app, replyId),
}

/**
 * One signed POST to the one reader's own inbox. It is not among the other deliveries: their bodies stay for 30 days after they end, are in
 * backups, and show administrators which inbox somebody wrote to.
 */
async function sendReply(app: App, replyId: string): Promise<void> {
  const answer = await answerToSend(app.db, replyId, app.now())
  if (!answer || answer.state !== 'waiting') return
  const isTakenBack = answer.takenBackAt !== null
  if (await isRefusedHost(app.db, answer.to.host)) return finishSending(app, replyId, { isTakenBack, state: 'failed' })
  await makeKeys(app, answer.personId)
  const outcome = await post(app, answer)
  if (outcome === 'sent') {
    // First who holds a copy: after a sudden death between the two it is sent once more, and nobody is forgotten.
    await noteReader(app, answer)
    return finishSending(app, replyId, { isTakenBack, state: 'sent' })
  }
  const nextTry = backOff(app.now(), answer.attempts + 1, Math.random())
  const end = isTakenBack ? answer.endsAt : later(answer.madeAt, triedFor)
  const isOver = outcome === 'hopeless' || nextTry > end
  await finishSending(
    app,
    replyId,
    isOver ? { isTakenBack, state: 'failed' } : { isTakenBack, state: 'waiting', nextTry },
  )
}

/**
 * Their host holds a copy from now on. Only a shared inbox is kept with it: an inbox of one person beside hers would be a pair. A server
 * without one (GoToSocial) signs the look-up of her key, and is found by that.
 */
async function noteReader(app: App, { personId, to }: AnswerToSend): Promise<void> {
  await noteHolder(app, personId, to.host)
  try {
    const { sharedInbox } = await readRemoteActor(app, to.actor)
    if (sharedInbox !== null) await foundHolder(app, personId, to.host, sharedInbox)
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
  }
}

async function post(app: App, answer: AnswerToSend): Promise<'sent' | 'again' | 'hopeless'> {
  const at = addresses(app.config.origin)
  const body = JSON.stringify(answer.takenBackAt === null ? replyCreate(at, answer) : replyDelete(at, answer))
  const headers = { 'content-type': activityJson, accept: activityJson }
  try {
    const { status } = await app.outbound.fetch(new Request(answer.to.inbox, { method: 'POST', headers, body }), {
      sign: await signAs(app, answer.personId),
      maxBytes: 64 * 1024,
      redirects: 0,
    })
    if (status >= 200 && status < 300) return 'sent'
    return [400, 404, 410, 413].includes(status) ? 'hopeless' : 'again'
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    return error.code === 'address-refused' ? 'hopeless' : 'again'
  }
}
