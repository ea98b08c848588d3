import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { OutboundError } from '../common/outbound.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { checkOldLinks, keepLinkResults } from './link-actions.ts'
import { linksBack, pageBytes, pageTime, type Checked, type LinkResult } from './link-check.ts'
import { linkChecks, publicNames } from './link-views.ts'

/** Looks at the links of one person that are to be looked at; only while she is public, since only then is there a page to link to. */
export const profileJobs: JobHandlers = {
  async 'profile.check-links'(app, { accountId }) {
    const names = await publicNames(app.db, app.now(), accountId)
    if (!names) return
    const at = addresses(app.config.origin)
    const mine = [at.personPage(names.handle), at.person(names.personId)]
    const due = (await linkChecks(app.db, accountId)).filter((link) => link.due)
    const found = await Promise.all(due.map(({ url }) => lookAt(app.outbound, url, mine)))
    await keepLinkResults(app, accountId, found)
  },
}

/** Links are looked at once a week. */
export const profileTimetable: readonly TimetableEntry[] = [
  { name: 'profile.check-links-again', cron: '41 2 * * *', run: checkOldLinks },
]

// Not what the whole node can reach, only why this link was not.
const failures: Readonly<Record<OutboundError['code'], LinkResult>> = {
  'address-refused': 'refused',
  'host-not-allowed': 'refused',
  'left-the-host': 'refused',
  'too-large': 'no-answer',
  'too-many-redirects': 'too-many-redirects',
  compressed: 'compressed',
  'no-answer': 'no-answer',
}

/** Whether the page at a link links back to one of the addresses; bounded in bytes, hops and `time` in milliseconds. */
export async function lookAt(
  outbound: App['outbound'],
  url: string,
  mine: readonly string[],
  time = pageTime,
): Promise<Checked> {
  const began = performance.now()
  try {
    const request = new Request(url, { headers: { accept: 'text/html, application/xhtml+xml;q=0.9' } })
    const answer = await outbound.fetch(request, { maxBytes: pageBytes, cut: true, timeout: time })
    if (answer.status !== 200) return { url, result: 'status', status: answer.status }
    const page = {
      url: answer.url,
      contentType: answer.headers.get('content-type') ?? '',
      link: answer.headers.get('link') ?? '',
      html: answer.body.toString('utf8'),
    }
    return { url, result: linksBack(page, mine), status: answer.status }
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    const isLate = error.code === 'no-answer' && performance.now() - began >= time - 50
    return { url, result: isLate ? 'too-slow' : failures[error.code], status: undefined }
  }
}
