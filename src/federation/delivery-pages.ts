import { Router } from 'express'
import type { App } from '../app.ts'
import { day, later } from '../common/clock.ts'
import { paths } from '../common/paths.ts'
import type { Translate } from '../common/words.ts'
import { mayBeTold } from '../directory/total.ts'
import { button } from '../web/form.ts'
import { page } from '../web/page.ts'
import { giveUp, retryDays, tryAgain } from './delivery-actions.ts'
import { healthOf, newHost } from './delivery-circuit.ts'
import { deliveryTotals, failedKinds, hostLines, type HostLine } from './delivery-views.ts'

// The types that we send; each has its words.
const kinds: readonly string[] = [
  'Accept',
  'Add',
  'Announce',
  'Create',
  'Delete',
  'Flag',
  'Follow',
  'Move',
  'Reject',
  'Remove',
  'Undo',
  'Update',
]

/** The administrator's page of what could not be delivered: hosts, types and counts, never who or what. */
export function deliveryPages(app: App): Router {
  const router = Router()
  page(router, app, paths.deliveries, {
    who: 'administrator',
    view: 'federation/deliveries.njk',
    async load({ t, now }) {
      const since = later(now, -retryDays * day)
      const failed = await failedKinds(app.db, since)
      const { oldest, waiting, failed: ended } = await deliveryTotals(app.db, since, later(now, -day))
      return {
        totals: { oldest, waiting: waitingWords(waiting, t), failed: failedWords(ended, t) },
        hosts: (await hostLines(app.db, since)).map((line) => shown(line, now, t)),
        failed: failed.map((one) => ({
          kind: one.kind,
          words: kindWords(one.kind, t),
          ended: failedWords(one.failed, t),
        })),
        days: retryDays,
      }
    },
  })
  button(router, app, paths.retryDeliveries, {
    who: 'administrator',
    async submit(visit, body) {
      const [host, kind] = [body.text('host'), body.text('kind')]
      if (host !== '' || kind !== '') {
        const count = await tryAgain(app, host === '' ? { kind } : { host })
        visit.request.session.notice = mayBeTold(count)
          ? visit.t('federation:deliveries.retried', { count })
          : visit.t('federation:deliveries.retriedSome')
      }
      return { redirect: paths.deliveries }
    },
  })
  button(router, app, paths.giveUpDeliveries, {
    who: 'administrator',
    async submit(visit, body) {
      const count = await giveUp(app, body.text('host'))
      visit.request.session.notice = mayBeTold(count)
        ? visit.t('federation:deliveries.gaveUp', { count })
        : visit.t('federation:deliveries.gaveUpSome')
      return { redirect: paths.deliveries }
    },
  })
  return router
}

function shown(line: HostLine, now: Date, t: Translate) {
  const { host, waiting, failed, oldest, nextTry, lastStatus, lastError, failingSince, notBefore, triedAt } = line
  const health = triedAt === null ? 'untried' : healthOf({ ...newHost(now), ...line, triedAt }, now)
  return {
    host,
    waiting,
    failed,
    oldest,
    nextTry: nextTry !== null && nextTry > now ? nextTry : undefined,
    health,
    status: lastStatus,
    error: health === 'silent' ? lastError : null,
    since: failingSince,
    until: notBefore,
    kinds: line.kinds.map((one) => ({
      words: kindWords(one.kind, t),
      waits: waitingWords(one.waiting, t),
      ended: failedWords(one.failed, t),
    })),
  }
}

function waitingWords(count: number, t: Translate): string {
  return mayBeTold(count) ? t('federation:deliveries.waiting', { count }) : t('federation:deliveries.someWait')
}

function failedWords(count: number, t: Translate): string {
  return mayBeTold(count) ? t('federation:deliveries.failed', { count }) : t('federation:deliveries.someFailed')
}

function kindWords(kind: string, t: Translate): string {
  return t(`federation:deliveries.kinds.${kinds.includes(kind) ? kind : 'other'}`)
}
