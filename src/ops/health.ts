import type { RequestHandler } from 'express'
import type { App } from '../app.ts'
import { rows } from '../database/database.ts'

/** GET /health: 200 "ok" while the node can do its work, 503 while its database cannot be reached. No personal data. */
export function healthPage(app: App): RequestHandler {
  return async (_request, response) => {
    const works = await rows(app.db, 'select 1').then(
      () => true,
      () => false,
    )
    response
      .status(works ? 200 : 503)
      .type('text')
      .set('cache-control', 'no-store')
      .send(works ? 'ok\n' : 'the database cannot be reached\n')
  }
}
