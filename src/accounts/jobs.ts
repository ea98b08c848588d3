import type { App } from '../app.ts'
import type { TimetableEntry } from '../jobs/timetable.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { forgetEnded, makeToken } from './actions.ts'
import { forgetEndedTokens } from './token-actions.ts'
import { approvedMail, invitationMail, signInMail, waitingMail } from './mails.ts'
import { accountById, invitationById } from './views.ts'

/** The mails about accounts. When the mail server refuses, the job is tried again; a link is then made anew. */
export const accountJobs: JobHandlers = {
  async 'accounts.send-sign-in-link'(app: App, { requestId }) {
    const link = await makeToken(app, requestId)
    if (link) await app.mail.send(signInMail(app, link, link.token))
  },
  async 'accounts.tell-administrator'(app: App, { accountId, administratorId }) {
    if ((await accountById(app.db, accountId))?.state !== 'waiting') return
    const administrator = await accountById(app.db, administratorId)
    if (administrator?.role === 'administrator') await app.mail.send(waitingMail(app, administrator))
  },
  async 'accounts.tell-approved'(app: App, { accountId }) {
    const account = await accountById(app.db, accountId)
    if (account?.state === 'active') await app.mail.send(approvedMail(app, account))
  },
  async 'accounts.send-invitation'(app: App, { invitationId }) {
    const invitation = await invitationById(app.db, invitationId)
    if (invitation) await app.mail.send(invitationMail(app, invitation))
  },
}

export const accountTimetable: readonly TimetableEntry[] = [
  { name: 'accounts.forget-ended', cron: '17 * * * *', run: forgetEnded },
  { name: 'accounts.forget-tokens', cron: '23 3 * * *', run: forgetEndedTokens },
]
