import { Router } from 'express'
import type { App } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { concept } from '../common/vocabularies.ts'
import { overlapView } from '../hours/told.ts'
import { profileOf } from '../profile/views.ts'
import { askerOf } from '../suggestions/asker.ts'
import { isOwnOrganisation } from '../suggestions/organisation.ts'
import { form } from '../web/form.ts'
import { page, type Redirect, type View } from '../web/page.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { addAskSteps } from './ask-step-pages.ts'
import { askingOf } from './asking-views.ts'
import { answerDays } from './chat.ts'
import { lastDayToAnswer } from './clocks.ts'
import { saveDraft } from './draft-actions.ts'
import { minutesOf } from './times.ts'
import { chatOf } from './views.ts'

/** Asking somebody for a chat, one question on each page: the kind, three lines, times, a look at all of it, and what comes then. */
export function askPages(app: App): Router {
  const router = Router()
  form(router, app, paths.ask(':key'), {
    who: 'signed-in',
    view: 'chats/ask.njk',
    load: (visit) => kindPage(app, visit),
    submit: (visit, body) => keepKind(app, visit, body),
  })
  addAskSteps(router, app)
  page(router, app, paths.askSent(':id'), {
    who: 'signed-in',
    view: 'chats/ask-sent.njk',
    load: async ({ account, params, now, language }) => {
      const chat = await chatOf(app.db, account.id, params['id'] ?? '', now)
      if (!chat) throw new Refusal('chat-unknown')
      if (chat.state !== 'requested' || chat.side !== 'asker') return { redirect: paths.chat(chat.id) }
      const profile = await profileOf(app.db, account.id)
      const clocks = { own: profile?.fields ?? {}, otherCountry: null, nodeZone: app.config.timeZone }
      const until = lastDayToAnswer(chat.exchange.lapsesAt, clocks, language)
      return { id: chat.id, name: chat.peer.name, until, days: answerDays, endsAt: chat.endsAt }
    },
  })
  return router
}

async function kindPage(app: App, visit: SignedInVisit): Promise<View | Redirect> {
  const { account, params, query, now, language, t } = visit
  const asking = await askingOf(app, visit)
  const key = params['key'] ?? ''
  if (!asking.may)
    return { back: paths.entry(key), name: asking.name, refused: asking.because, chatId: asking.chatId, key }
  const { card, one, draft, own } = asking
  const profile = await profileOf(app.db, account.id)
  const country = card.document.worksFor.addressCountry
  return {
    back: paths.entry(key),
    action: paths.ask(key) + (query['by'] === undefined ? '' : `?by=${encodeURIComponent(query['by'])}`),
    name: one.name,
    kinds: asking.kinds.map((kind) => {
      const known = concept('conversation-kinds', kind)
      return {
        value: kind,
        text: `${known?.label[language] ?? kind} (${lengthOf(kind, visit)})`,
        ...(known?.definition ? { hint: { text: known.definition[language] } } : {}),
      }
    }),
    boundaries: one.flag.boundaries,
    isOwnOrganisation:
      one.flag.boundaries.some(({ id }) => id === 'not-my-organisation') &&
      profile !== undefined &&
      isOwnOrganisation(askerOf(profile.fields, now), card.document, card.accountId !== undefined),
    warning: country === undefined ? undefined : overlapView(own, country, now, language, t)?.told?.warning,
    values: { chatKind: draft?.kind ?? onlyOne(asking.kinds), boundariesRead: '' },
  }
}

function onlyOne(kinds: readonly string[]): string | undefined {
  return kinds.length === 1 ? kinds[0] : undefined
}

/** How long a chat of a kind takes, in words. */
function lengthOf(kind: string, { t }: SignedInVisit): string {
  const minutes = minutesOf(kind)
  return minutes % 60 === 0 ? t('chats:ask.hours', { count: minutes / 60 }) : t('chats:ask.minutes', { count: minutes })
}

async function keepKind(app: App, visit: SignedInVisit, body: Body): Promise<Redirect> {
  const key = visit.params['key'] ?? ''
  const asking = await askingOf(app, visit)
  if (!asking.may) return { redirect: paths.ask(key) }
  const kind = body.text('chatKind')
  const { boundaries } = asking.one.flag
  const problems = [
    ...(asking.kinds.includes(kind) ? [] : [{ field: 'chatKind', rule: 'choose' }]),
    ...(boundaries.length === 0 || body.all('boundariesRead').includes('yes')
      ? []
      : [{ field: 'boundariesRead', rule: 'required' }]),
  ]
  if (problems.length > 0) throw new InvalidInput(problems)
  const by = visit.query['by']
  await saveDraft(app, visit.account.id, key, {
    kind,
    ...(asking.introduced && by !== undefined && URL.canParse(by) ? { introducedBy: by } : {}),
  })
  return { redirect: paths.askLines(key) }
}
