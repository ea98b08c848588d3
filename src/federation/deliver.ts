import type { App } from '../app.ts'
import { instantOf, later, minute } from '../common/clock.ts'
import { logger } from '../common/log.ts'
import { OutboundError } from '../common/outbound.ts'
import { backOff } from '../jobs/queue.ts'
import { finishAttempt, noteHolder } from './actions.ts'
import { activityJson } from './context.ts'
import { signAs } from './signed.ts'
import { deliveryToDo } from './views.ts'

const log = logger('federation')

/** Delivers one prepared body to one inbox by one signed POST, or says when to try again. May run twice: receivers know the id. */
export async function deliver(app: App, deliveryId: string): Promise<void> {
  const delivery = await deliveryToDo(app.db, deliveryId)
  if (!delivery || delivery.state !== 'waiting') return
  if (delivery.isOver) {
    return finishAttempt(app, deliveryId, { state: 'failed', status: undefined, error: 'taken back' })
  }
  const request = new Request(delivery.inbox, {
    method: 'POST',
    headers: { 'content-type': activityJson, accept: activityJson },
    body: delivery.body,
  })
  let status: number | undefined
  let retryAfter: Date | undefined
  let error: string | undefined
  let hopeless = false
  try {
    const answer = await app.outbound.fetch(request, {
      sign: await signAs(app, delivery.sender),
      maxBytes: 64 * 1024,
      redirects: 0,
    })
    status = answer.status
    retryAfter = waitUntil(answer.headers.get('retry-after'), app.now())
  } catch (failure) {
    if (!(failure instanceof OutboundError)) throw failure
    error = failure.message
    hopeless = failure.code === 'address-refused'
  }
  if (status !== undefined && status >= 200 && status < 300) {
    await finishAttempt(app, deliveryId, { state: 'delivered', status, error: undefined })
    if (delivery.sender !== 'node' && delivery.sender !== 'directory')
      await noteHolder(app, delivery.sender, new URL(delivery.inbox).host)
    return
  }
  // The inbox is gone for good, or refuses this body whatever we do.
  if (status === 404 || status === 410 || status === 400 || status === 413) hopeless = true
  const next = retryAfter ?? backOff(app.now(), delivery.attempts + 1, Math.random())
  const over = hopeless || next > delivery.giveUpAt
  await finishAttempt(app, deliveryId, { state: over ? 'failed' : 'waiting', status, error }, next)
  log.info(
    `delivery ${deliveryId} to ${new URL(delivery.inbox).host}: ${status ?? 'no answer'}${over ? ', given up' : ''}`,
  )
}

/** What Retry-After asks for (RFC 9110 10.2.3): seconds or a date; at most a day, at least a minute. */
function waitUntil(header: string | null, now: Date): Date | undefined {
  if (header === null) return undefined
  const asked = /^\d+$/.test(header) ? later(now, Number(header) * 1000) : instantOf(header)
  if (!asked) return undefined
  const wait = Math.min(Math.max(asked.getTime() - now.getTime(), minute), 1440 * minute)
  return later(now, wait)
}
