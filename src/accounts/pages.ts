import { Router } from 'express'
import type { App } from '../app.ts'
import { addPeoplePages } from './people-pages.ts'
import { addSignInPages } from './sign-in-pages.ts'
import { addTokenPages } from './token-pages.ts'
import type { AccountTools } from './tools.ts'

/** Signing in and out, a person's tokens, and the administrators' pages about people. */
export function accountPages(app: App, tools: AccountTools): Router {
  const router = Router()
  addSignInPages(router, app)
  addTokenPages(router, app)
  addPeoplePages(router, app, tools)
  return router
}
