import { accountById } from '../accounts/views.ts'
import type { JobHandlers } from '../jobs/worker.ts'
import { newsMail } from './mails.ts'
import { tellEach } from './news-actions.ts'
import { partnerById, readingOf } from './views.ts'

/** The mails to administrators about partner nodes. */
export const partnerNewsJobs: JobHandlers = {
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
