import { Router } from 'express'
import type { App } from '../app.ts'
import { addAnswerPages } from './answer-pages.ts'
import { addChangePages } from './change-pages.ts'
import { addChatPages } from './chat-pages.ts'
import { addMailPages } from './mail-pages.ts'

/** Chats as their two people see them: the list, each chat, answering, changing and ending it, and answers from a mail. */
export function chatPages(app: App): Router {
  const router = Router()
  addMailPages(router, app)
  addChatPages(router, app)
  addAnswerPages(router, app)
  addChangePages(router, app)
  return router
}
