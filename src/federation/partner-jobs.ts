import type { App } from '../app.ts'
import { addresses, directoryActor } from '../common/addresses.ts'
import { day, hour, later } from '../common/clock.ts'
import { OutboundError } from '../common/outbound.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { pollPartners } from '../partners/actions.ts'
import { lookAtPartners } from '../partners/move-actions.ts'
import type { Partner } from '../partners/partner.ts'
import { eraseCopies, eraseEnded } from '../partners/polling-actions.ts'
import { forgetTombstones } from '../partners/set-actions.ts'
import { directoryState } from '../partners/set-views.ts'
import { acceptedFollowers, partnerById } from '../partners/views.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import { send } from './actions.ts'
import { activityJson } from './context.ts'
import { verdictOf } from './delivery-circuit.ts'
import type { JsonDocument } from './documents.ts'
import { answerActivity, doorbellActivity, followActivity, undoActivity } from './partner-activities.ts'
import { lookAgain } from './partner-look.ts'
import { pollPartner } from './partner-poll.ts'
import { tellThatWeErased } from './partner-wire.ts'
import { signAs } from './signed.ts'

/** The work of the directory protocol. Each job loads what is true now, and does nothing when the thing is gone. */
export const partnerJobs: JobHandlers = {
  'partners.poll': (app, { partnerId }) => pollPartner(app, partnerId),
  'partners.look-again': (app, { partnerId }) => lookAgain(app, partnerId),
  'partners.erase-copies': (app, { partnerId }) => erase(app, partnerId),
  'partners.ring-doorbell': (app) => ringDoorbell(app),
  'federation.send-to-partner': (app, { partnerId, what }) => sendToPartner(app, partnerId, what),
}

/** A statement needs no entry: whoever asks for one gets a new one when it is a day old. */
export const partnerTimetable: readonly TimetableEntry[] = [
  // The safety net: every poll queues the next one itself.
  { name: 'partners.poll-all', cron: '23 * * * *', run: (app) => pollPartners(app, 'unqueued') },
  { name: 'partners.erase-ended', cron: '41 * * * *', run: async (app) => void (await eraseEnded(app)) },
  { name: 'partners.look-at-all', cron: '13 2 * * *', run: lookAtPartners },
  { name: 'partners.forget-tombstones', cron: '53 4 * * *', run: async (app) => void (await forgetTombstones(app)) },
]

type Word = 'follow' | 'undo' | 'accept' | 'reject'

async function sendToPartner(app: App, partnerId: number, what: Word): Promise<void> {
  const partner = await partnerById(app.db, partnerId)
  const body = partner && bodyOf(app, partner, what)
  if (!partner || !body) return
  if ((what === 'undo' || what === 'reject') && (await isRefusedHost(app.db, new URL(partner.inbox).host)))
    return sayLast(app, partner, body)
  // A word that ends something is worth thirty days of trying; so is the answer that somebody waits for.
  await send(app, {
    id: String(body['id']),
    sender: directoryActor,
    inboxes: [partner.inbox],
    body,
    giveUpAt: later(app.now(), 30 * day),
  })
}

/**
 * The last word to a node that is refused, so that it erases at once: no delivery goes to its host, so the job itself sends it, and is
 * tried again when it throws.
 */
async function sayLast(app: App, { inbox, host }: Partner, body: JsonDocument): Promise<void> {
  const headers = { 'content-type': activityJson, accept: activityJson }
  const request = new Request(inbox, { method: 'POST', headers, body: JSON.stringify(body) })
  const sign = await signAs(app, directoryActor)
  const { status } = await app.outbound.fetch(request, { sign, maxBytes: 64 * 1024, redirects: 0 })
  if (verdictOf({ id: '', took: 0, status }) === 'again')
    throw new OutboundError('no-answer', `${host} answered ${status}`)
}

// Only what is still so: the administrator may have changed her mind since the job was queued.
function bodyOf(app: App, partner: Partner, what: Word): JsonDocument | undefined {
  const at = addresses(app.config.origin)
  const id = `${at.directory}/activities/${app.newId()}`
  if (what === 'follow') return partner.following === 'requested' ? followActivity(at, partner) : undefined
  if (what === 'undo') return partner.following === 'ended' ? undoActivity(at, partner, id) : undefined
  if (what === 'accept') return partner.follower === 'accepted' ? answerActivity(at, partner, 'Accept', id) : undefined
  return partner.follower === 'rejected' || partner.follower === 'ended'
    ? answerActivity(at, partner, 'Reject', id)
    : undefined
}

async function ringDoorbell(app: App): Promise<void> {
  const followers = await acceptedFollowers(app.db)
  const state = await directoryState(app.db)
  if (!state || followers.length === 0) return
  const at = addresses(app.config.origin)
  const id = `${at.directory}/doorbells/${state.epoch}-${state.seq}-${app.newId()}`
  // Lost doorbells cost an hour: after that the hourly poll has come.
  await send(app, {
    id,
    sender: directoryActor,
    inboxes: followers.map(({ inbox }) => inbox),
    body: doorbellActivity(at, state, id),
    giveUpAt: later(app.now(), hour),
  })
}

async function erase(app: App, partnerId: number): Promise<void> {
  if (!(await eraseCopies(app, partnerId))) return
  const partner = await partnerById(app.db, partnerId)
  if (partner) await tellThatWeErased(app, partner)
}
