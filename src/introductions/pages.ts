import { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { button } from '../web/form.ts'
import { page } from '../web/page.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { agreeToIntroduction, declineIntroduction, withdrawIntroduction } from './actions.ts'
import { addAskPages } from './ask-pages.ts'
import { isWaiting, type Introduction } from './introduction.ts'
import { introductionShown } from './shown-views.ts'
import { addThreePages } from './three-pages.ts'
import { introductionOf, introductionsOf } from './views.ts'

/** Asking somebody for an introduction, and what each of the three does about it. */
export function introductionPages(app: App): Router {
  const router = Router()
  page(router, app, paths.introductions, {
    who: 'signed-in',
    view: 'introductions/list.njk',
    load: async (visit) => {
      const all = (await introductionsOf(app.db, visit.account.id, visit.now)).filter((one) => isListed(one, visit.now))
      const shown = []
      for (const one of all) shown.push(await introductionShown(app, visit, one))
      return { back: paths.chats, introductions: shown }
    },
  })
  page(router, app, paths.introduction(':id'), {
    who: 'signed-in',
    view: 'introductions/introduction.njk',
    load: async (visit) => ({
      back: paths.introductions,
      one: await introductionShown(app, visit, await hers(app, visit)),
    }),
  })
  const press = (
    path: string,
    work: (app: App, accountId: string, id: string) => Promise<void>,
    done: (one: Introduction) => 'passed' | 'agreed' | 'declined' | 'withdrawn',
  ): void =>
    button(router, app, path, {
      who: 'signed-in',
      submit: async (visit) => {
        const one = await hers(app, visit)
        await work(app, visit.account.id, one.id)
        visit.request.session.notice = visit.t(`introductions:done.${done(one)}`)
        return { redirect: paths.introductions }
      },
    })
  press(paths.agreeToIntroduction(':id'), agreeToIntroduction, ({ part }) => (part === 'target' ? 'agreed' : 'passed'))
  press(paths.declineIntroduction(':id'), declineIntroduction, () => 'declined')
  press(paths.withdrawIntroduction(':id'), withdrawIntroduction, () => 'withdrawn')
  addAskPages(router, app)
  addThreePages(router, app)
  return router
}

// What came to nothing stays with who asked alone: nobody else is reminded of a no.
function isListed(one: Introduction, now: Date): boolean {
  return one.part === 'asker' || one.standing === 'agreed' || isWaiting(one, now)
}

async function hers(app: App, { account, params, now }: SignedInVisit): Promise<Introduction> {
  const one = await introductionOf(app.db, account.id, params['id'] ?? '', now)
  if (!one || !isListed(one, now)) throw new Refusal('introduction-unknown')
  return one
}
