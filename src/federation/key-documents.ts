import { Router } from 'express'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import type { KeyChange } from '../partners/key-change.ts'
import { linkedDataJson } from './context.ts'
import { keyChangesDocument } from './key-change-document.ts'
import { keyChanges } from './views.ts'

/** The changes of our directory's key, for everybody (FEDERATION.md 3.1). */
export function keyDocuments(app: App): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const at = addresses(app.config.origin)
  router.get(new URL(at.directoryKeys).pathname, async (_request, response) => {
    // As they were signed: our own rows.
    const changes = (await keyChanges(app.db)).map(({ document }) => JSON.parse(document) as KeyChange)
    response
      .type(linkedDataJson)
      .set('cache-control', 'public, max-age=60')
      .send(JSON.stringify(keyChangesDocument(at, changes)))
  })
  return router
}
