import { Router } from 'express'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import { listingOf } from '../listing/views.ts'
import { button, form } from '../web/form.ts'
import { page } from '../web/page.ts'
import { choose, ignoreRequest, openRequest, takeBack } from './actions.ts'
import { addRequestPages } from './request-pages.ts'
import { mostTexts, type Waiting } from './request.ts'
import { choiceOf, requestsOf } from './views.ts'

/** What somebody is asked from outside: her list, what she chooses about it, and each request by itself. */
export function requestPages(app: App): Router {
  const router = Router()
  page(router, app, paths.requests, {
    who: 'signed-in',
    view: 'requests/list.njk',
    load: async ({ account, now }) => {
      const listing = await listingOf(app.db, account.id)
      return {
        back: paths.myListing,
        isPublic: listing?.public ?? false,
        choice: await choiceOf(app.db, account.id),
        // Never a word of what was written: that is opened one by one.
        requests: (await requestsOf(app.db, account.id, now)).map((one) => ({ ...one, state: stateOf(one) })),
      }
    },
  })
  page(router, app, paths.fromOutside, {
    who: 'anyone',
    view: 'requests/outsider.njk',
    load: async () => ({ most: mostTexts }),
  })
  addChoicesPage(router, app)
  addButtons(router, app)
  addRequestPages(router, app)
  return router
}

function stateOf({ opened, unseen, answered }: Waiting): 'new' | 'more' | 'answered' | 'opened' {
  if (!opened) return 'new'
  if (unseen > 0) return 'more'
  return answered ? 'answered' : 'opened'
}

function addChoicesPage(router: Router, app: App): void {
  form(router, app, paths.requestChoices, {
    who: 'signed-in',
    view: 'requests/choices.njk',
    load: async ({ account }) => {
      const choice = await choiceOf(app.db, account.id)
      return {
        back: paths.requests,
        perDay: app.config.requestsPerDay,
        values: { takes: choice.takesOutside ? 'yes' : '', mails: choice.wantsMail ? 'yes' : '' },
      }
    },
    submit: async (visit, body) => {
      const choice = { takesOutside: body.all('takes').includes('yes'), wantsMail: body.all('mails').includes('yes') }
      await choose(app, visit.account.id, choice)
      visit.request.session.notice = visit.t(choice.takesOutside ? 'requests:choices.on' : 'requests:choices.off')
      return { redirect: paths.requests }
    },
  })
}

function addButtons(router: Router, app: App): void {
  button(router, app, paths.openRequest(':id'), {
    who: 'signed-in',
    submit: async ({ account, params }) => {
      const id = params['id'] ?? ''
      await openRequest(app, account.id, id)
      return { redirect: paths.request(id) }
    },
  })
  button(router, app, paths.ignoreRequest(':id'), {
    who: 'signed-in',
    submit: async (visit) => {
      await ignoreRequest(app, visit.account.id, visit.params['id'] ?? '')
      visit.request.session.notice = visit.t('requests:ignored')
      return { redirect: paths.requests }
    },
  })
  button(router, app, paths.takeBackAnswer(':id'), {
    who: 'signed-in',
    submit: async (visit, body) => {
      await takeBack(app, visit.account.id, body.text('answer'))
      visit.request.session.notice = visit.t('requests:answer.takenBack')
      return { redirect: paths.request(visit.params['id'] ?? '') }
    },
  })
}
