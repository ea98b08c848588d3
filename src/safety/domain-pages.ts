import { Router } from 'express'
import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { form } from '../web/form.ts'
import { page } from '../web/page.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { mayModerate } from './decision-views.ts'
import { isWide } from './domain.ts'
import { allowDomain, domainToRefuse, refuseDomain } from './domain-actions.ts'
import { domainBlock, domainBlocks, followersUnder, partnersUnder, proposals } from './domain-views.ts'

/** Lets in who keeps the list of refused servers: moderators and administrators. */
export async function forKeepers(app: App, { account }: SignedInVisit): Promise<void> {
  if (account.role !== 'administrator' && !(await mayModerate(app.db, account.id))) throw new Refusal('not-allowed')
}

/** The pages about servers that are refused here. */
export function domainPages(app: App): Router {
  const router = Router()

  page(router, app, paths.domainBlocks, {
    who: 'signed-in',
    view: 'safety/domains.njk',
    async load(visit) {
      await forKeepers(app, visit)
      return { domains: await domainBlocks(app.db), proposals: await proposals(app.db) }
    },
  })

  form(router, app, paths.addDomainBlock, {
    who: 'signed-in',
    view: 'safety/domain-add.njk',
    async load(visit) {
      await forKeepers(app, visit)
      return { values: { domain: visit.query['domain'] ?? '' } }
    },
    async submit(visit, body) {
      await forKeepers(app, visit)
      const domain = domainToRefuse(body.text('domain'), app.config.origin)
      return { redirect: `${paths.checkDomainBlock}?domain=${encodeURIComponent(domain)}` }
    },
  })

  form(router, app, paths.checkDomainBlock, {
    who: 'signed-in',
    view: 'safety/domain-check.njk',
    async load(visit) {
      await forKeepers(app, visit)
      const domain = asked(visit)
      if (domain === undefined) return { redirect: paths.addDomainBlock }
      const partners = await partnersUnder(app.db, [domain])
      return {
        domain,
        partners,
        isRefusedAlready: (await domainBlock(app.db, domain)) !== undefined,
        isTooWide: partners.length > 0 && isWide(domain),
        followers: await followersUnder(app.db, [domain]),
        hosts: partners.map(({ host }) => host).join(' '),
        report: visit.query['report'],
        values: { reason: '' },
      }
    },
    async submit(visit, body) {
      await forKeepers(app, visit)
      const domain = asked(visit) ?? ''
      await refuseDomain(app, visit.account, {
        domain,
        reason: body.text('reason'),
        partners: body
          .text('partners')
          .split(' ')
          .filter((host) => host !== ''),
        reportId: visit.query['report'],
      })
      visit.request.session.notice = visit.t('safety:decided.refuse-domain')
      return { redirect: paths.domainBlocks }
    },
  })

  form(router, app, paths.endDomainBlock(':domain'), {
    who: 'signed-in',
    view: 'safety/domain-end.njk',
    async load(visit) {
      await forKeepers(app, visit)
      const block = await domainBlock(app.db, visit.params['domain'] ?? '')
      if (!block) throw new Refusal('not-found')
      return { block, values: { reason: '' } }
    },
    async submit(visit, body) {
      await forKeepers(app, visit)
      await allowDomain(app, visit.account, visit.params['domain'] ?? '', body.text('reason'))
      visit.request.session.notice = visit.t('safety:decided.allow-domain')
      return { redirect: paths.domainBlocks }
    },
  })
  return router

  // What cannot be refused (our own, an address in numbers) is said on the page before.
  function asked({ query }: SignedInVisit): string | undefined {
    try {
      return domainToRefuse(query['domain'] ?? '', app.config.origin)
    } catch (error) {
      if (error instanceof InvalidInput) return undefined
      throw error
    }
  }
}
