import { Router } from 'express'
import type { App } from '../app.ts'
import { hour, later } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { fingerprint } from '../common/multibase.ts'
import { paths } from '../common/paths.ts'
import type { Translate } from '../common/words.ts'
import { button, form } from '../web/form.ts'
import { page, type View } from '../web/page.ts'
import type { Visit } from '../web/visit.ts'
import { approve, follow, leave, reject } from './actions.ts'
import { lookAlike } from './lookalike.ts'
import { hostOf, type PartnerCard } from './partner.ts'
import type { PartnerTools } from './tools.ts'
import { knownHosts, partnerOverview, partners, type PartnerOverview } from './views.ts'

/** The administrators' pages about partner nodes: who reads our listings, and whose we read. */
export function partnerPages(app: App, { lookUp, ownKey }: PartnerTools): Router {
  const router = Router()
  page(router, app, paths.partners, {
    who: 'administrator',
    view: 'partners/list.njk',
    load: async (visit) => ({
      partners: (await partners(app.db)).map((partner) => overview(partner, visit)),
      ownFingerprint: fingerprint(await ownKey(app)),
    }),
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
      return host === undefined ? { redirect: paths.addPartner } : cardView(app, await lookUp(app, host))
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
      return { partner: overview(partner, visit), ...(await cardView(app, partner)) }
    },
  })

  form(router, app, paths.approvePartner(':id'), {
    who: 'administrator',
    view: 'partners/approve.njk',
    async load(visit) {
      const partner = await thePartner(visit)
      return partner.follower === 'waiting'
        ? { partner, ...(await cardView(app, partner)) }
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

  form(router, app, paths.leavePartner(':id'), {
    who: 'administrator',
    view: 'partners/leave.njk',
    load: async (visit) => ({ partner: overview(await thePartner(visit), visit) }),
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

// A host that is not there is something to mend in the form.
async function asProblem(host: string, looking: Promise<PartnerCard>): Promise<void> {
  try {
    await looking
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const rule =
      error.code === 'partner-unreachable' ? 'unreachable' : error.code === 'partner-is-self' ? 'self' : 'not-sideways'
    throw new InvalidInput([{ field: 'host', rule, detail: { host } }])
  }
}

/** What an administrator compares before she goes on (FEDERATION.md 3, item 2), with a warning where the name deserves one. */
async function cardView(app: App, card: PartnerCard): Promise<View> {
  const others = [new URL(app.config.origin).host, ...(await knownHosts(app.db))].filter((host) => host !== card.host)
  return { card, fingerprint: fingerprint(card.directoryKey), warning: lookAlike(card.host, others) }
}

/** A partner in words: both directions by themselves, how fresh our copies are, what is wrong and what to do about it. */
export function overview(partner: PartnerOverview, { t, now }: { readonly t: Translate; readonly now: Date }): View {
  const { reading, copies, refused } = partner
  const isRead = partner.following === 'accepted' && reading !== null
  const isStale = isRead && (reading.lastContact === null || later(reading.lastContact, 24 * hour) <= now)
  return {
    id: partner.id,
    host: partner.host,
    organisation: partner.organisation,
    country: partner.country,
    following: t(`partners:following.${partner.following}`),
    follower: t(`partners:follower.${partner.follower}`),
    isWaiting: partner.follower === 'waiting',
    isFollowed: partner.following === 'requested' || partner.following === 'accepted',
    isFollower: partner.follower === 'waiting' || partner.follower === 'accepted',
    offersWayBack:
      partner.follower === 'accepted' && partner.following !== 'requested' && partner.following !== 'accepted',
    hasErased: partner.follower === 'ended' ? (partner.theirHave === 0 ? 'yes' : 'not-yet') : undefined,
    theirPoll: partner.theirPoll,
    ...(isRead
      ? {
          lastContact: reading.lastContact,
          leaseUntil: reading.validUntil > now && !reading.hidden ? reading.validUntil : undefined,
          isHidden: reading.validUntil <= now || reading.hidden,
          isStale,
          listings: copies >= 10 ? t('partners:listings', { count: copies }) : t('partners:fewerThanTen'),
          refused: refused > 0 ? t('partners:refused', { count: refused }) : undefined,
          trouble:
            reading.trouble === null
              ? undefined
              : {
                  title: t(`partners:trouble.${reading.trouble}.title`),
                  advice: t(`partners:trouble.${reading.trouble}.advice`),
                },
        }
      : {}),
  }
}
