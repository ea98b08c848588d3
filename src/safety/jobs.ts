import { accountById } from '../accounts/views.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { tellEachModerator } from './decision-actions.ts'
import { isTold } from './decision.ts'
import { appealById, decisionById, judges, mayModerate } from './decision-views.ts'
import { decisionMail, judgeMail, reportMail } from './mails.ts'
import { reportFor } from './report-views.ts'

/** The mails about reports, decisions and appeals. */
export const safetyJobs: JobHandlers = {
  'safety.tell-moderators': (app, { reportId }) => tellEachModerator(app, reportId),
  async 'safety.tell-moderator'(app, { reportId, accountId }) {
    const report = await reportFor(app.db, accountId, reportId)
    const account = await accountById(app.db, accountId)
    if (!report || report.closedAt !== null || account?.state !== 'active') return
    if (await mayModerate(app.db, accountId)) await app.mail.send(reportMail(app, account, reportId))
  },
  async 'safety.tell-judge'(app, { appealId, accountId }) {
    const appeal = await appealById(app.db, appealId)
    const decision = appeal && (await decisionById(app.db, appeal.decisionId))
    if (!decision || appeal.decidedAt !== null) return
    const judge = (await judges(app.db, decision)).find(({ id }) => id === accountId)
    if (judge) await app.mail.send(judgeMail(app, judge, appealId))
  },
  async 'safety.tell-concerned'(app, { decisionId }) {
    const decision = await decisionById(app.db, decisionId)
    if (!decision || !isTold(decision.kind) || decision.aboutAccount === null) return
    const account = await accountById(app.db, decision.aboutAccount)
    if (account?.state === 'active') await app.mail.send(decisionMail(app, account, decision))
  },
}
