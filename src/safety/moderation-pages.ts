import { Router } from 'express'
import { accountById } from '../accounts/views.ts'
import type { App } from '../app.ts'
import { later } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { form } from '../web/form.ts'
import { page } from '../web/page.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { choicesFor } from './decision.ts'
import { decide, hideEntry, showEntry } from './decision-actions.ts'
import {
  decisionById,
  decisionLog,
  decisionsOnReport,
  hiddenEntries,
  judges,
  mayModerate,
  openAppeals,
  type Appeal,
} from './decision-views.ts'
import { closedReports, openReports, reportFor, type Report } from './report-views.ts'
import { reportsKeptFor } from './report.ts'
import type { SubjectTools } from './tools.ts'

/** The moderators' pages: what was reported, what was decided, who is hidden. Nobody else learns what is on them. */
export function moderationPages(app: App, { find }: SubjectTools): Router {
  const router = Router()
  const { host: ownHost } = new URL(app.config.origin)

  page(router, app, paths.moderation, {
    who: 'signed-in',
    view: 'safety/moderation.njk',
    async load(visit) {
      const appeals = await appealsFor(visit)
      // An administrator who does not moderate comes here for servers, the log and appeals; she sees no report.
      if (!(await isModerator(visit))) {
        if (visit.account.role !== 'administrator') throw new Refusal('not-allowed')
        return { appeals, isModerator: false }
      }
      const { id } = visit.account
      return {
        isModerator: true,
        appeals,
        open: await openReports(app.db, id),
        closed: visit.query['decided'] === 'yes' ? await closedReports(app.db, id) : undefined,
      }
    },
  })

  form(router, app, paths.moderatedReport(':id'), {
    who: 'signed-in',
    view: 'safety/moderated-report.njk',
    async load(visit) {
      const report = await theReport(visit)
      const person = report.aboutAccountId === null ? undefined : await accountById(app.db, report.aboutAccountId)
      // The day on which they end is not over when they do.
      const isEnded = report.attachedAt !== null && report.attachedAt <= later(visit.now, -reportsKeptFor)
      return {
        report: isEnded ? { ...report, attached: null } : report,
        personMail: person?.mail,
        decisions: await decisionsOnReport(app.db, report.id),
        choices: choicesFor(report, ownHost),
        values: { choice: '', reason: '' },
      }
    },
    async submit(visit, body) {
      const report = await theReport(visit)
      const choice = choicesFor(report, ownHost).find((one) => one === body.text('choice'))
      if (choice === undefined) throw new InvalidInput([{ field: 'choice', rule: 'required' }])
      if (choice === 'refuse-domain') {
        const query = new URLSearchParams({ domain: report.aboutHost, report: report.id })
        return { redirect: `${paths.checkDomainBlock}?${query.toString()}` }
      }
      await decide(app, visit.account, { reportId: report.id, choice, reason: body.text('reason') })
      visit.request.session.notice = visit.t(`safety:decided.${choice}`)
      return { redirect: paths.moderation }
    },
  })

  page(router, app, paths.decisionLog, {
    who: 'signed-in',
    view: 'safety/log.njk',
    async load(visit) {
      if (visit.account.role !== 'administrator' && !(await isModerator(visit))) throw new Refusal('not-allowed')
      const asked = visit.query['before']
      const before = asked !== undefined && /^\d{1,15}$/.test(asked) ? Number(asked) : undefined
      const { decisions, next } = await decisionLog(app.db, visit.account.id, before)
      return { decisions, nextPage: next === undefined ? undefined : `${paths.decisionLog}?before=${next}` }
    },
  })

  form(router, app, paths.hiddenEntries, {
    who: 'signed-in',
    view: 'safety/hidden.njk',
    async load(visit) {
      await forModerators(visit)
      return { hidden: await hiddenEntries(app.db), values: { hidden: '', reason: '' } }
    },
    async submit(visit, body) {
      if (body.text('hidden') === '') throw new InvalidInput([{ field: 'hidden', rule: 'required' }])
      await showEntry(app, visit.account, body.text('hidden'), body.text('reason'))
      visit.request.session.notice = visit.t('safety:decided.show-entry')
      return { redirect: paths.hiddenEntries }
    },
  })

  form(router, app, paths.hideEntry, {
    who: 'signed-in',
    view: 'safety/hide.njk',
    async load(visit) {
      await forModerators(visit)
      const found = await theEntry(visit)
      return { subject: found, values: { reason: '' }, entry: visit.query['entry'], back: found.page }
    },
    async submit(visit, body) {
      await forModerators(visit)
      const { actor: person, host, name, listingId } = await theEntry(visit)
      await hideEntry(app, visit.account, { person, host, name, listingId, reason: body.text('reason') })
      visit.request.session.notice = visit.t('safety:decided.hide-entry')
      return { redirect: paths.hiddenEntries }
    },
  })
  return router

  async function theEntry({ account, query }: SignedInVisit) {
    const found = await find(app, account, query['entry'] ?? '')
    if (!found || found.accountId !== undefined || found.host === ownHost) throw new Refusal('not-found')
    return found
  }

  function isModerator({ account }: SignedInVisit): Promise<boolean> {
    return mayModerate(app.db, account.id)
  }

  async function forModerators(visit: SignedInVisit): Promise<void> {
    if (!(await isModerator(visit))) throw new Refusal('not-allowed')
  }

  async function theReport(visit: SignedInVisit): Promise<Report> {
    await forModerators(visit)
    const report = await reportFor(app.db, visit.account.id, visit.params['id'] ?? '')
    if (!report) throw new Refusal('not-found')
    return report
  }

  async function appealsFor({ account }: SignedInVisit): Promise<readonly Appeal[]> {
    const mine: Appeal[] = []
    for (const one of await openAppeals(app.db)) {
      const decision = await decisionById(app.db, one.decisionId)
      if (decision && (await judges(app.db, decision)).some(({ id }) => id === account.id)) mine.push(one)
    }
    return mine
  }
}
