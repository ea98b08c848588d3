import type { Router } from 'express'
import type { App } from '../app.ts'
import { chatsOf } from '../chats/views.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import type { Card, Viewer } from '../directory/card.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { entryByKey, entryByPerson, search } from '../directory/views.ts'
import { form } from '../web/form.ts'
import type { View } from '../web/page.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { askForIntroduction } from './actions.ts'
import { mayAskFor } from './ask-views.ts'
import { longestLine } from './introduction.ts'
import { factsOf } from './shown.ts'

/** At most so many people are shown to choose from, of each kind. */
const mostShown = 10

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
    met: (await metBefore(app, visit, viewer, target)).map(factsOf),
    found: (await named(app, now, viewer, text)).filter((card) => isOther(card, target)).map(factsOf),
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

/** People of her own chats whom the directory still shows, the newest first. */
async function metBefore(
  app: App,
  { account, now }: SignedInVisit,
  viewer: Viewer,
  target: Card,
): Promise<readonly Card[]> {
  const chats = (await chatsOf(app.db, account.id, now)).filter(({ state }) =>
    ['accepted', 'arranged', 'ended'].includes(state),
  )
  const found: Card[] = []
  for (const actor of new Set(chats.map(({ peer }) => peer.actor))) {
    const card = await entryByPerson(app.db, now, viewer, actor)
    if (card && isOther(card, target)) found.push(card)
    if (found.length >= mostShown) break
  }
  return found
}

async function named(app: App, now: Date, viewer: Viewer, text: string): Promise<readonly Card[]> {
  if (text === '') return []
  const { cards } = await search(app.db, now, viewer, { text }, app.secrets.order)
  return cards.slice(0, mostShown + 2)
}

function isOther(card: Card, target: Card): boolean {
  return !card.isMine && card.key !== target.key
}
