import { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { labelOf, vocabulary, type Language } from '../common/vocabularies.ts'
import { page, type View } from '../web/page.ts'
import { visitOf, type Visit } from '../web/visit.ts'
import { addCalendarFile } from './calendar-pages.ts'
import { kitOf, kitText, shownKit, type Kit } from './kit.ts'
import { chatOf } from './views.ts'

/** Questions, cards and a plan for each kind of chat: a page, its large print, and plain text; the same for one chat of hers, and its file for a calendar. */
export function kitPages(app: App): Router {
  const router = Router()
  router.get(paths.kit(':kind'), (request, response, next) => {
    if (request.query['as'] !== 'text') return next()
    const { t, language, params } = visitOf(app, request)
    const text = kitText(shownKit(knownKit(params['kind']), language, t), t)
    response.set('content-language', language).type('text/plain; charset=utf-8').send(text)
  })
  page(router, app, paths.kit(':kind'), {
    who: 'anyone',
    view: 'chats/kit.njk',
    load: async (visit) => kitView(visit, knownKit(visit.params['kind'])),
  })
  page(router, app, paths.chatKit(':id'), {
    who: 'signed-in',
    view: 'chats/kit.njk',
    async load(visit) {
      const chat = await chatOf(app.db, visit.account.id, visit.params['id'] ?? '', visit.now)
      if (!chat) throw new Refusal('chat-unknown')
      // A kind of another node's own has no kit of ours.
      const view = kitView(visit, kitOf(chat.kind) ?? knownKit('first-chat'))
      return { ...view, chat: { id: chat.id, name: chat.peer.name } }
    },
  })
  addCalendarFile(router, app)
  return router
}

function kitView({ language, t, query, request }: Visit, kit: Kit): View {
  return {
    kit: shownKit(kit, language, t),
    isLarge: query['as'] === 'large',
    here: request.path,
    others: otherKits(kit, language),
  }
}

function otherKits({ kind }: Kit, language: Language) {
  return vocabulary('conversation-kinds')
    .concepts.filter(({ id }) => id !== kind && kitOf(id) !== undefined)
    .map(({ id }) => ({ text: labelOf('conversation-kinds', id, language), href: paths.kit(id) }))
}

function knownKit(kind: string | undefined): Kit {
  const kit = kitOf(kind ?? '')
  if (!kit) throw new Refusal('not-found')
  return kit
}
