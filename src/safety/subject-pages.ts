import { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { button, form } from '../web/form.ts'
import { page, type View } from '../web/page.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { blockActor, blockDomainForPerson, report, unblock } from './actions.ts'
import { blocksOf } from './block-views.ts'
import { nameOfHost } from './domain.ts'
import type { Found, SubjectTools } from './tools.ts'

/** What anybody signed in can do about somebody: report her, block her or her server, and take a block back. */
export function subjectPages(app: App, { find }: SubjectTools): Router {
  const router = Router()

  form(router, app, paths.report, {
    who: 'signed-in',
    view: 'safety/report.njk',
    async load(visit) {
      return { ...(await subjectView(visit)), values: { reason: '', attach: '', forward: '', block: '' } }
    },
    async submit(visit, body) {
      const { listingId, page: back, wrote, ...about } = await theSubject(visit)
      await report(app, {
        accountId: visit.account.id,
        about,
        reason: body.text('reason'),
        listingId,
        ...(wrote && body.text('attach') === 'yes' ? { attached: wrote } : {}),
        forward: body.text('forward') === 'yes',
      })
      if (body.text('block') === 'yes') await block(visit)
      visit.request.session.notice = visit.t('safety:report.sent')
      return { redirect: body.text('block') === 'yes' ? paths.blocks : back }
    },
  })

  form(router, app, paths.block, {
    who: 'signed-in',
    view: 'safety/block.njk',
    load: async (visit) => ({ ...(await subjectView(visit)), values: { what: 'person' } }),
    async submit(visit, body) {
      const found = await theSubject(visit)
      if (body.text('what') === 'server' && found.accountId === undefined)
        await blockDomainForPerson(app, { accountId: visit.account.id, domain: found.host })
      else await block(visit)
      visit.request.session.notice = visit.t('safety:blocks.done')
      return { redirect: paths.blocks }
    },
  })

  page(router, app, paths.blocks, {
    who: 'signed-in',
    view: 'safety/blocks.njk',
    load: async ({ account }) => ({ blocks: await blocksOf(app.db, account.id) }),
  })

  form(router, app, paths.blockDomain, {
    who: 'signed-in',
    view: 'safety/block-server.njk',
    load: async () => ({ values: { domain: '' } }),
    async submit(visit, body) {
      await blockDomainForPerson(app, { accountId: visit.account.id, domain: body.text('domain') })
      visit.request.session.notice = visit.t('safety:blocks.done')
      return { redirect: paths.blocks }
    },
  })

  button(router, app, paths.unblock, {
    who: 'signed-in',
    async submit(visit, body) {
      await unblock(app, visit.account.id, body.text('block'))
      visit.request.session.notice = visit.t('safety:blocks.undone')
      return { redirect: paths.blocks }
    },
  })
  return router

  async function block(visit: SignedInVisit): Promise<void> {
    const { actor, host, name, accountId } = await theSubject(visit)
    await blockActor(app, { accountId: visit.account.id, actor, host, name, blockedAccountId: accountId })
  }

  async function theSubject({ account, query }: SignedInVisit): Promise<Found> {
    const found = await find(app, account, query['entry'] ?? '')
    if (!found || found.accountId === account.id) throw new Refusal('not-found')
    return found
  }

  async function subjectView(visit: SignedInVisit): Promise<View> {
    const found = await theSubject(visit)
    return {
      subject: { name: found.name, host: nameOfHost(found.host) ?? found.host, isHere: found.accountId !== undefined },
      wrote: found.wrote !== undefined,
      entry: visit.query['entry'],
      back: found.page,
    }
  }
}
