import type { App } from '../app.ts'
import { endBlockedChats, endRefusedChats } from '../chats/ending-actions.ts'
import { addresses, nodeActor } from '../common/addresses.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { partnerByHost } from '../partners/views.ts'
import { forgetBlocked } from '../requests/actions.ts'
import { noteForwarded, tidySafety } from '../safety/actions.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import { reportById, type Report } from '../safety/report-views.ts'
import { send } from './actions.ts'
import { dropRefused, turnBlockedAway } from './block-actions.ts'
import { askedFromRefused, blockedBy } from './block-views.ts'
import { activityStreams } from './context.ts'
import type { JsonDocument } from './documents.ts'
import { readRemoteActor } from './remote-actor.ts'

/** What reports and blocks mean to other servers. */
export const flagJobs: JobHandlers = {
  'federation.send-flag': (app, { reportId }) => sendFlag(app, reportId),
  async 'federation.person-blocked'(app, { blockId }) {
    const accountId = await blockedBy(app.db, blockId)
    if (accountId === undefined) return
    await turnBlockedAway(app, blockId)
    await forgetBlocked(app, accountId)
    await endBlockedChats(app, accountId)
  },
  async 'federation.hosts-refused'(app) {
    await dropRefused(app)
    for (const accountId of await askedFromRefused(app.db)) await forgetBlocked(app, accountId)
    await endRefusedChats(app)
  },
}

export const flagTimetable: readonly TimetableEntry[] = [
  { name: 'safety.tidy-up', cron: '47 * * * *', run: tidySafety },
]

/** Passes a report on, once, by this node's own actor: who reported is never said. */
async function sendFlag(app: App, reportId: string): Promise<void> {
  const report = await reportById(app.db, reportId)
  if (!report || report.aboutAccountId !== null || report.forwardedAt !== null) return
  const { host } = new URL(report.about)
  if (await isRefusedHost(app.db, host)) return
  const to = await addresseeOf(app, report)
  const body = flagActivity(app.config.origin, report, to.actor)
  await send(app, { id: String(body['id']), sender: nodeActor, inboxes: [to.inbox], body })
  await noteForwarded(app, reportId)
}

// GoToSocial takes a Flag at the inbox of whoever it is about, and nowhere else. A person in partner scope has no actor that we may
// read: her node's directory takes it for her.
async function addresseeOf(app: App, report: Report): Promise<{ readonly actor: string; readonly inbox: string }> {
  const partner = await partnerByHost(app.db, new URL(report.about).host)
  if (partner) return { actor: partner.directoryId, inbox: partner.inbox }
  const { inbox } = await readRemoteActor(app, report.about)
  return { actor: report.about, inbox }
}

/** A Flag as Mastodon shapes it: the account first, then what it wrote. */
export function flagActivity(
  origin: string,
  report: Pick<Report, 'id' | 'about' | 'posts' | 'listingId' | 'content'>,
  to: string,
): JsonDocument {
  const { node } = addresses(origin)
  return {
    '@context': activityStreams,
    id: `${node}#flag-${report.id}`,
    type: 'Flag',
    actor: node,
    to: [to],
    object: [report.about, ...(report.listingId === null ? [] : [report.listingId]), ...report.posts],
    content: report.content,
  }
}
