import { accountById } from '../accounts/views.ts'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { finishSending, receiveRequest, receiveWord } from '../introductions/actions.ts'
import { readerOf, standingAt } from '../introductions/introduction.ts'
import { personIn } from '../introductions/steps.ts'
import { introductionById, nextMessage } from '../introductions/views.ts'
import { backOff } from '../jobs/queue.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import { speechOf } from './actors.ts'
import { isTaken } from './chat-post.ts'
import { isPartnerHost } from '../partners/views.ts'
import { introductionActivity, requestIn, wordIn } from './introduction-document.ts'
import type { Handler } from './received.ts'

/** Tells the next of the three, if she is on another node. */
export const introductionJobs: JobHandlers = {
  'federation.send-introduction': (app, { introductionId }) => sendNext(app, introductionId),
}

/** The oldest message, in one signed POST to the one reader's own inbox: like those of chats, and not among the other deliveries. */
async function sendNext(app: App, id: string): Promise<void> {
  const one = await introductionById(app.db, id, app.now())
  const waiting = one && (await nextMessage(app.db, id))
  if (!one || !waiting) return
  const { number, what, attempts } = waiting
  const reader = readerOf(one, what)
  const isLate = (what === 'ask' || what === 'pass') && standingAt(one, app.now()) === 'ended'
  const account = await accountById(app.db, one.accountId)
  const speech = speechOf(app, account?.language)
  const body = isLate ? undefined : introductionActivity(addresses(app.config.origin), one, what, speech)
  if (!body || (await isRefusedHost(app.db, new URL(reader).host))) return finishSending(app, id, number, 'hopeless')
  if (await isTaken(app, one.personId, reader, body)) return finishSending(app, id, number, 'sent')
  await finishSending(app, id, number, { nextTry: backOff(app.now(), attempts + 1, Math.random()) })
}

/** A request to introduce somebody, or to be introduced, to a person here. Only people of partner nodes may send one. */
export const receiveIntroduction: Handler = async (app, received) => {
  if (!(await isPartnerHost(app.db, new URL(received.actor).host))) return
  const request = requestIn(received)
  const personId = request && personIn(app, request.reader)
  if (!request || personId === undefined) return
  const { reader: _reader, ...asked } = request
  await receiveRequest(app, personId, asked)
}

/** A yes, a no or an Undo about one. Who may say it is settled by the record. */
export const receiveIntroductionWord: Handler = async (app, received) => {
  const said = wordIn(received)
  if (said) await receiveWord(app, said)
}
