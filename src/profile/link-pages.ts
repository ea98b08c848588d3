import type { Router } from 'express'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { paths } from '../common/paths.ts'
import { button } from '../web/form.ts'
import { createLimit } from '../web/limits.ts'
import type { View } from '../web/page.ts'
import { checkLinksAgain } from './link-actions.ts'
import { linkChecks, publicNames, type LinkCheck } from './link-views.ts'
import { ask } from './question-pages.ts'

const linkCount = 4
const places = Array.from({ length: linkCount }, (_, index) => index + 1)

/** Her links elsewhere, and in words whether each of them links back. */
export function linkPages(router: Router, app: App): void {
  const limit = createLimit(app, { name: 'check-links', points: 6, seconds: 3600 })
  ask(router, app, {
    slug: 'links',
    view: 'profile/links.njk',
    show: async ({ account, now }, { links = [] }) => {
      const checks = await linkChecks(app.db, account.id)
      return {
        links: links.map((url) => lineOf(url, checks)),
        ...(await namesOf(app, now, account.id)),
        values: Object.fromEntries(places.map((place) => [`link${place}`, links[place - 1] ?? ''])),
      }
    },
    read: (body) => ({ links: places.map((place) => body.text(`link${place}`)) }),
  })
  button(router, app, paths.checkLinks, {
    who: 'signed-in',
    submit: async ({ account, request, t }) => {
      await limit(account.id)
      await checkLinksAgain(app, account.id)
      request.session.notice = t('profile:links.asked')
      return { redirect: `${paths.profile('links')}?from=check` }
    },
  })
}

/** What a page elsewhere must link to; nothing while she has no public page. */
async function namesOf(app: App, now: Date, accountId: string): Promise<View> {
  const names = await publicNames(app.db, now, accountId)
  if (!names) return {}
  const at = addresses(app.config.origin)
  return { myPage: at.personPage(names.handle), myActor: at.person(names.personId) }
}

function lineOf(url: string, checks: readonly LinkCheck[]) {
  const check = checks.find((one) => one.url === url)
  return {
    url,
    isDue: check?.due ?? true,
    counts: (check?.verifiedAt ?? null) !== null,
    result: check?.result ?? undefined,
    status: check?.status ?? undefined,
    checkedAt: check?.checkedAt ?? undefined,
  }
}
