import { Router } from 'express'
import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { fingerprint } from '../common/multibase.ts'
import { paths } from '../common/paths.ts'
import { dueTimes } from '../jobs/queue.ts'
import { button, form } from '../web/form.ts'
import { page, type View } from '../web/page.ts'
import type { Visit } from '../web/visit.ts'
import { approve, follow, leave, reject } from './actions.ts'
import { addAllowListPages } from './allow-list-pages.ts'
import { listedHosts, mentions } from './allow-list-views.ts'
import { askNow } from './asking-actions.ts'
import { factsOf, type Around } from './facts.ts'
import { lookAlike } from './lookalike.ts'
import { hostOf, type Partner, type PartnerCard } from './partner.ts'
import { directoryState } from './set-views.ts'
import type { AllowListTools, PartnerTools } from './tools.ts'
import { knownHosts, partnerByHost, partnerOverview, partners, refusedCopies, type PartnerOverview } from './views.ts'

/** The administrators' pages about partner nodes: who reads our listings, and whose we read. */
export function partnerPages(app: App, { lookUp, ownKey }: PartnerTools, lists: AllowListTools): Router {
  const router = Router()
  addAllowListPages(router, app, lists)
  page(router, app, paths.partners, {
    who: 'administrator',
    view: 'partners/list.njk',
    async load(visit) {
      const polls = await dueTimes(app.db, 'partners.poll')
      const words = await around(app, visit)
      return {
        partners: (await partners(app.db)).map((partner) =>
          factsOf(partner, { ...words, nextPoll: polls.get(String(partner.id)) }),
        ),
        ownFingerprint: fingerprint(await ownKey(app)),
      }
    },
  })

  form(router, app, paths.addPartner, {
    who: 'administrator',
    view: 'partners/add.njk',
    load: async () => ({ values: { host: '' } }),
    async submit(_visit, body) {
      const host = typedHost(body.text('host'))
      await asProblem(host, lookUp(app, host))
      return { redirect: `${paths.checkPartner}?host=${encodeURIComponent(host)}` }
    },
  })

  form(router, app, paths.checkPartner, {
    who: 'administrator',
    view: 'partners/check.njk',
    async load(visit) {
      const host = hostOf(visit.query['host'] ?? '')
      return host === undefined ? { redirect: paths.addPartner } : cardView(app, await lookUp(app, host), visit.now)
    },
    async submit(visit, body) {
      const host = typedHost(body.text('host'))
      const card = await lookUp(app, host)
      // What is pinned is what was on the screen and compared.
      if (card.directoryKey !== body.text('key')) throw new Refusal('partner-key-changed', { host })
      const partner = await follow(app, card)
      visit.request.session.notice = visit.t('partners:asked', { host })
      return { redirect: paths.partner(partner.id) }
    },
  })

  page(router, app, paths.partner(':id'), {
    who: 'administrator',
    view: 'partners/partner.njk',
    async load(visit) {
      const partner = await thePartner(visit)
      const nextPoll = (await dueTimes(app.db, 'partners.poll')).get(String(partner.id))
      return {
        partner: factsOf(partner, await around(app, visit, nextPoll)),
        refusals: await refusedCopies(app.db, partner.id),
        ...(await cardView(app, partner, visit.now)),
      }
    },
  })

  form(router, app, paths.approvePartner(':id'), {
    who: 'administrator',
    view: 'partners/approve.njk',
    async load(visit) {
      const partner = await thePartner(visit)
      return partner.follower === 'waiting'
        ? { partner, ...(await cardView(app, partner, visit.now)) }
        : { redirect: paths.partner(partner.id) }
    },
    async submit(visit) {
      const { id, host } = await approve(app, (await thePartner(visit)).host)
      visit.request.session.notice = visit.t('partners:approved', { host })
      return { redirect: paths.partner(id) }
    },
  })

  button(router, app, paths.rejectPartner(':id'), {
    who: 'administrator',
    async submit(visit) {
      const { host } = await reject(app, (await thePartner(visit)).host)
      visit.request.session.notice = visit.t('partners:turnedDown', { host })
      return { redirect: paths.partners }
    },
  })

  button(router, app, paths.askPartner(':id'), {
    who: 'administrator',
    async submit(visit) {
      const { id } = await thePartner(visit)
      visit.request.session.notice = visit.t(`partners:ask.${await askNow(app, id)}`)
      return { redirect: paths.partner(id) }
    },
  })

  form(router, app, paths.leavePartner(':id'), {
    who: 'administrator',
    view: 'partners/leave.njk',
    load: async (visit) => ({ partner: await thePartner(visit) }),
    async submit(visit) {
      const { host } = await leave(app, (await thePartner(visit)).host)
      visit.request.session.notice = visit.t('partners:left', { host })
      return { redirect: paths.partners }
    },
  })
  return router
}

async function thePartner({ app, params }: Visit): Promise<PartnerOverview> {
  const id = /^\d{1,9}$/.test(params['id'] ?? '') ? Number(params['id']) : undefined
  const partner = id === undefined ? undefined : await partnerOverview(app.db, id)
  if (!partner) throw new Refusal('partner-unknown')
  return partner
}

function typedHost(text: string): string {
  if (text === '') throw new InvalidInput([{ field: 'host', rule: 'required' }])
  const host = hostOf(text)
  if (host === undefined) throw new InvalidInput([{ field: 'host', rule: 'format' }])
  return host
}

const hostRules: ReadonlyMap<string, string> = new Map([
  ['partner-unreachable', 'unreachable'],
  ['partner-is-self', 'self'],
  ['host-not-allowed', 'not-allowed'],
])

// A host that is not there is something to mend in the form.
async function asProblem(host: string, looking: Promise<PartnerCard>): Promise<void> {
  try {
    await looking
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const rule = hostRules.get(error.code) ?? 'not-sideways'
    throw new InvalidInput([{ field: 'host', rule, detail: { host } }])
  }
}

/** What an administrator compares before she goes on (FEDERATION.md 3, item 2), with a warning for whatever deserves one. */
async function cardView(app: App, card: PartnerCard, now: Date): Promise<View> {
  const known = await partnerByHost(app.db, card.host)
  const others = [new URL(app.config.origin).host, ...(await knownHosts(app.db)), ...(await listedHosts(app.db))]
  return {
    card,
    fingerprint: fingerprint(card.directoryKey),
    warning: lookAlike(
      card.host,
      others.filter((host) => host !== card.host),
    ),
    formerFingerprint: known && formerFingerprint(known, card),
    keyChangedAt: known?.keyChangedAt ?? undefined,
    mentions: await mentions(app.db, card, now),
  }
}

// The key that we knew before, where this one is another and nobody has compared it yet.
function formerFingerprint(known: Partner, card: PartnerCard): string | undefined {
  if (known.directoryKey !== card.directoryKey) return fingerprint(known.directoryKey)
  return known.formerKey === null ? undefined : fingerprint(known.formerKey)
}

async function around(app: App, { t, now }: Visit, nextPoll?: Date): Promise<Around> {
  const own = await directoryState(app.db)
  return { t, now, own: { epoch: own?.epoch ?? '', seq: own?.seq ?? 0 }, nextPoll }
}
