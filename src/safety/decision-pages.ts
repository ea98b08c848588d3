import { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { form } from '../web/form.ts'
import { page } from '../web/page.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { appeal, decideAppeal } from './decision-actions.ts'
import { isOpenToAppeal, type Decision } from './decision.ts'
import { appealById, decisionById, decisionsAbout, judges, type Appeal } from './decision-views.ts'
import { reportById } from './report-views.ts'

/** What was decided about a person here, as she sees it; and her appeal, as whoever decides it sees it. */
export function decisionPages(app: App): Router {
  const router = Router()

  page(router, app, paths.myDecisions, {
    who: 'signed-in',
    view: 'safety/decisions.njk',
    load: async ({ account }) => ({
      decisions: (await decisionsAbout(app.db, account.id)).map((one) => ({
        ...one,
        canAppeal: isOpenToAppeal(one.kind) && one.appealedAt === null,
      })),
    }),
  })

  form(router, app, paths.appeal(':id'), {
    who: 'signed-in',
    view: 'safety/appeal.njk',
    async load(visit) {
      const decision = (await decisionsAbout(app.db, visit.account.id)).find(({ id }) => id === visit.params['id'])
      if (!decision || !isOpenToAppeal(decision.kind)) throw new Refusal('not-found')
      return decision.appealedAt === null ? { decision, values: { appeal: '' } } : { redirect: paths.myDecisions }
    },
    async submit(visit, body) {
      await appeal(app, visit.account, visit.params['id'] ?? '', body.text('appeal'))
      visit.request.session.notice = visit.t('safety:appeal.sent')
      return { redirect: paths.myDecisions }
    },
  })

  form(router, app, paths.moderatedAppeal(':id'), {
    who: 'signed-in',
    view: 'safety/moderated-appeal.njk',
    async load(visit) {
      const { asked, decision } = await theAppeal(visit)
      const report = decision.reportId === null ? undefined : await reportById(app.db, decision.reportId)
      return { asked, decision, report, values: { outcome: '', reason: '' } }
    },
    async submit(visit, body) {
      const { asked } = await theAppeal(visit)
      const outcome = body.text('outcome') === 'appeal-reversed' ? 'appeal-reversed' : 'appeal-stands'
      await decideAppeal(app, visit.account, { appealId: asked.id, outcome, reason: body.text('reason') })
      visit.request.session.notice = visit.t('safety:appeal.decided')
      return { redirect: paths.decisionLog }
    },
  })
  return router

  // Nobody but those who may decide it learns that there is one.
  async function theAppeal({ account, params }: SignedInVisit): Promise<{ asked: Appeal; decision: Decision }> {
    const asked = await appealById(app.db, params['id'] ?? '')
    const decision = asked && (await decisionById(app.db, asked.decisionId))
    if (!decision || asked.decidedAt !== null) throw new Refusal('not-found')
    if (!(await judges(app.db, decision)).some(({ id }) => id === account.id)) throw new Refusal('not-found')
    return { asked, decision }
  }
}
