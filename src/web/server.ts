import { fileURLToPath } from 'node:url'
import express, { type Express, type RequestHandler, type Router } from 'express'
import type { App } from '../app.ts'
import { answerErrors, nothingHere } from './errors.ts'
import { chooseLanguage } from './language.ts'
import { programs } from './program.ts'
import { refuseCrossSite, refuseUnreadable, securityHeaders } from './security.ts'
import { sessions } from './session.ts'
import { useTemplates } from './templates.ts'

export type ServerParts = {
  /** Answers while the process lives; needs nothing else. */
  readonly health: RequestHandler
  /** ActivityPub, WebFinger, NodeInfo and the directory protocol: before any body parser, since signatures cover raw bytes. */
  readonly federation: readonly (RequestHandler | Router)[]
  /** Schemas, vocabularies and other documents that need no session. */
  readonly documents: readonly Router[]
  /** Passport: who is signed in. */
  readonly signedIn: readonly RequestHandler[]
  /** The areas' pages. */
  readonly pages: readonly Router[]
}

const assets = fileURLToPath(new URL('./assets/', import.meta.url))
const govuk = fileURLToPath(new URL('../../node_modules/govuk-frontend/dist/govuk/', import.meta.url))

/** The whole order of middleware, one line each. */
export function createServer(app: App, parts: ServerParts): Express {
  const server = express()
  server.disable('x-powered-by')
  server.set('trust proxy', app.config.trustProxy)
  server.set('query parser', 'simple')
  useTemplates(server, app)
  server.get('/health', parts.health)
  server.use(refuseUnreadable)
  for (const handler of parts.federation) server.use(handler)
  for (const handler of securityHeaders(app)) server.use(handler)
  server.use('/assets', express.static(assets, { maxAge: '1d', index: false }))
  server.get('/assets/govuk-frontend.min.js', (_request, response) =>
    response.sendFile('govuk-frontend.min.js', { root: govuk, maxAge: '1d' }),
  )
  for (const router of parts.documents) server.use(router)
  server.use(sessions(app))
  for (const handler of parts.signedIn) server.use(handler)
  server.use(chooseLanguage(app))
  server.use(programs(app))
  server.use(refuseCrossSite(app))
  for (const router of parts.pages) server.use(router)
  server.use(nothingHere)
  server.use(answerErrors(app))
  return server
}
