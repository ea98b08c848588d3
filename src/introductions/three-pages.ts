import type { Router } from 'express'
import type { App } from '../app.ts'
import { mayAsk } from '../chats/ask-views.ts'
import type { Chat } from '../chats/record.ts'
import { shownTime, stateKey } from '../chats/shown.ts'
import { isSet, mayBeThird, timesForBoth } from '../chats/three.ts'
import type { Slot } from '../chats/chat.ts'
import { instantOf } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import type { Card } from '../directory/card.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { entryByKey } from '../directory/views.ts'
import { profileOf } from '../profile/views.ts'
import { form } from '../web/form.ts'
import { page, type View } from '../web/page.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { metBefore, named } from './people-views.ts'
import { factsOf } from './shown-views.ts'
import { setTimeForBoth } from './three-actions.ts'
import { bothOf } from './three-views.ts'

/** A consult of three: whom to ask as well, and the time that suits all three. */
export function addThreePages(router: Router, app: App): void {
  page(router, app, paths.askThird(':key'), {
    who: 'signed-in',
    view: 'introductions/third.njk',
    load: (visit) => thirdPage(app, visit),
  })
  form(router, app, paths.chatThree(':id'), {
    who: 'signed-in',
    view: 'introductions/three.njk',
    load: async (visit) =>
      threePage(app, visit, await bothOf(app.db, visit.account.id, visit.params['id'] ?? '', visit.now)),
    submit: async (visit, body) => {
      const id = visit.params['id'] ?? ''
      const from = instantOf(body.text('times'))
      if (!from) throw new InvalidInput([{ field: 'times', rule: 'choose' }])
      await setTimeForBoth(app, visit.account.id, id, from)
      visit.request.session.notice = visit.t('introductions:three.done')
      return { redirect: paths.chatThree(id) }
    },
  })
}

async function thirdPage(app: App, { account, now, params, query }: SignedInVisit): Promise<View> {
  const viewer = await viewerOf(app.db, account)
  const first = await entryByKey(app.db, now, viewer, params['key'] ?? '')
  if (!first) throw new Refusal('not-found')
  const text = query['q'] ?? ''
  return {
    back: paths.askTimes(first.key),
    first: factsOf(first),
    text,
    met: await choices(app, account.id, now, await metBefore(app, account.id, now, viewer, first)),
    found: await choices(app, account.id, now, await named(app, now, viewer, text, first)),
  }
}

// Whoever cannot be asked to this now is shown, and not as a link.
async function choices(app: App, accountId: string, now: Date, cards: readonly Card[]) {
  const shown = []
  for (const card of cards) {
    const may = await mayAsk(app, accountId, card, now)
    shown.push({ ...factsOf(card), may: may.may && mayBeThird(may) })
  }
  return shown
}

async function threePage(
  app: App,
  { account, now, language, t }: SignedInVisit,
  both: readonly [Chat, Chat],
): Promise<View> {
  const own = (await profileOf(app.db, account.id))?.fields ?? {}
  const clocks = { own, otherCountry: null, nodeZone: app.config.timeZone }
  const tell = (slots: readonly Slot[]) => slots.map((slot) => shownTime(slot, clocks, language, t))
  const [chat] = both
  const states = both.map((one) => one.state)
  const over = ['declined', 'withdrawn', 'lapsed', 'called-off']
  return {
    back: paths.chat(chat.id),
    id: chat.id,
    people: both.map((one) => ({
      id: one.id,
      name: one.peer.name,
      state: t(`chats:list.tag.${one.state}`),
      sentence: stateKey(one),
      suits: one.state === 'accepted' && one.exchange.plan.by === 'asked' ? tell(one.exchange.plan.offered) : [],
      time: one.state === 'arranged' && one.exchange.plan.slot ? tell([one.exchange.plan.slot])[0] : undefined,
    })),
    isSet: isSet(both),
    isOver: states.some((state) => over.includes(state)),
    isWaiting: states.includes('requested'),
    times: tell(timesForBoth(both, now)).map((one) => ({ value: one.value, text: `${one.day}, ${one.time}` })),
    values: {},
  }
}
