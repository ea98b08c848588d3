import { Router, type Request } from 'express'
import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { labelOf } from '../common/vocabularies.ts'
import { addressOf } from '../directory/query.ts'
import { page } from '../web/page.ts'
import { activityJson, linkedDataJson } from './context.ts'
import { topicSince } from './topic-views.ts'

/**
 * What stands at `/@{role}`: for people how to follow the role, for servers the way to its actor. Where there is no such topic the
 * address is left to others: it may be a person's.
 */
export function topicPages(app: App): Router {
  const router = Router()
  const at = addresses(app.config.origin)
  router.get(paths.person(':role'), async (request, response, next) => {
    const role = String(request.params['role'])
    if ((await topicSince(app, role)) === undefined) return next('router')
    response.vary('accept')
    if (wantsActor(request)) return response.redirect(303, at.topic(role))
    next()
  })
  page(router, app, paths.person(':role'), {
    who: 'anyone',
    view: 'federation/topic.njk',
    load: async ({ params, language }) => {
      const role = params['role'] ?? ''
      if ((await topicSince(app, role)) === undefined) throw new Refusal('not-found') // it ended this moment
      return {
        role: labelOf('roles', role, language),
        handle: `@${role}@${at.host}`,
        actor: at.topic(role),
        search: paths.directory + addressOf({ roles: [role] }),
      }
    },
  })
  return router
}

function wantsActor(request: Request): boolean {
  const wanted = request.accepts(['text/html', activityJson, linkedDataJson, 'application/ld+json'])
  return wanted !== false && wanted !== 'text/html'
}
