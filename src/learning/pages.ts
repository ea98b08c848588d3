import { Router } from 'express'
import type { App } from '../app.ts'
import { addLogExport } from './export-pages.ts'
import { addLogPages } from './log-pages.ts'
import { addNotePage } from './note-pages.ts'
import { addWorthPages } from './worth-pages.ts'

/** What a person makes of her chats: the question after each, her own learning log, and the note about protected time. */
export function learningPages(app: App): Router {
  const router = Router()
  addLogPages(router, app)
  addLogExport(router, app)
  addNotePage(router, app)
  addWorthPages(router, app)
  return router
}
