import { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { fingerprint } from '../common/multibase.ts'
import { paths } from '../common/paths.ts'
import { form } from '../web/form.ts'
import type { Visit } from '../web/visit.ts'
import { trustNewKey } from './key-actions.ts'
import type { Partner } from './partner.ts'
import { partnerById } from './views.ts'

/** Where an administrator compares a key that a partner shows and that nothing vouches for, and pins it. */
export function partnerKeyPages(app: App): Router {
  const router = Router()
  form(router, app, paths.partnerKey(':id'), {
    who: 'administrator',
    view: 'partners/key.njk',
    async load(visit) {
      const partner = await thePartner(visit)
      const { id, host, organisation, directoryKey, offeredKey } = partner
      if (offeredKey === null) return { redirect: paths.partner(id) }
      return {
        partner: { id, host, organisation },
        key: offeredKey,
        formerFingerprint: fingerprint(directoryKey),
        offeredFingerprint: fingerprint(offeredKey),
      }
    },
    async submit(visit, body) {
      // What is pinned is what was on the screen and compared.
      const { id, host } = await trustNewKey(app, (await thePartner(visit)).id, body.text('key'))
      visit.request.session.notice = visit.t('partners:key.trusted', { host })
      return { redirect: paths.partner(id) }
    },
  })
  return router
}

async function thePartner({ app, params }: Visit): Promise<Partner> {
  const id = /^\d{1,9}$/.test(params['id'] ?? '') ? Number(params['id']) : undefined
  const partner = id === undefined ? undefined : await partnerById(app.db, id)
  if (!partner) throw new Refusal('partner-unknown')
  return partner
}
