import { accountById } from '../accounts/views.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { leave } from './actions.ts'
import { newsMail } from './mails.ts'
import { tellEach } from './news-actions.ts'
import { partnerById, readingOf, refusedPartners } from './views.ts'

/** The mails to administrators about partner nodes. */
export const partnerNewsJobs: JobHandlers = {
  // Nothing of them is shown from the moment of the decision; this erases, and ends both directions.
  async 'partners.leave-refused'(app) {
    for (const host of await refusedPartners(app.db)) await leave(app, host)
  },
  'partners.tell-administrators': (app, { news, partnerId }) => tellEach(app, news, partnerId),
  async 'partners.tell-administrator'(app, { news, partnerId, administratorId }) {
    const partner = partnerId === null ? undefined : await partnerById(app.db, partnerId)
    if (partnerId !== null && !partner) return
    const administrator = await accountById(app.db, administratorId)
    if (administrator?.role !== 'administrator' || administrator.state !== 'active') return
    const reading = partner && (await readingOf(app.db, partner.id))
    if (news === 'hidden' && !reading?.hidden) return // mended meanwhile
    await app.mail.send(newsMail(app, administrator, { news, partner, trouble: reading?.trouble ?? undefined }))
  },
}
