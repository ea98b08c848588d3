import type { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { entryByKey } from '../directory/views.ts'
import { form } from '../web/form.ts'
import type { View } from '../web/page.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { askForIntroduction } from './actions.ts'
import { mayAskFor } from './ask-views.ts'
import { longestLine } from './introduction.ts'
import { metBefore, named } from './people-views.ts'
import { factsOf } from './shown-views.ts'

/** Choosing who could introduce her, and the one line that goes with the request. */
export function addAskPages(router: Router, app: App): void {
  form(router, app, paths.askIntroduction(':key'), {
    who: 'signed-in',
    view: 'introductions/ask.njk',
    load: (visit) => askPage(app, visit),
    submit: (visit, body) => ask(app, visit, body),
  })
}

async function askPage(app: App, visit: SignedInVisit): Promise<View> {
  const { account, now, params, query } = visit
  const viewer = await viewerOf(app.db, account)
  const target = await entryByKey(app.db, now, viewer, params['key'] ?? '')
  if (!target) throw new Refusal('not-found')
  const shown = { target: factsOf(target), longest: longestLine, hasWords: app.config.requestText, values: {} }
  const by = query['by']
  const introducer = by === undefined ? undefined : await entryByKey(app.db, now, viewer, by)
  if (introducer) {
    const may = await mayAskFor(app, account.id, { introducer: introducer.key, target: target.key }, now)
    return {
      ...shown,
      back: paths.askIntroduction(target.key),
      introducer: factsOf(introducer),
      ...(may.may ? {} : { because: may.because }),
    }
  }
  const text = query['q'] ?? ''
  return {
    ...shown,
    back: paths.entry(target.key),
    text,
    met: (await metBefore(app, account.id, now, viewer, target)).map(factsOf),
    found: (await named(app, now, viewer, text, target)).map(factsOf),
  }
}

async function ask(app: App, visit: SignedInVisit, body: Body) {
  const { account, now, params, t, request } = visit
  const viewer = await viewerOf(app.db, account)
  const [target, introducer] = [params['key'] ?? '', body.text('by')]
  const { id } = await askForIntroduction(app, account.id, { introducer, target, line: body.text('line') })
  const card = await entryByKey(app.db, now, viewer, introducer)
  request.session.notice = t('introductions:done.asked', { introducer: card?.document.name ?? '' })
  return { redirect: paths.introduction(id) }
}
