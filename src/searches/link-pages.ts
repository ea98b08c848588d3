import type { Router } from 'express'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import { form } from '../web/form.ts'
import type { Body, Visit } from '../web/visit.ts'
import { keepByLink, stopDigest } from './actions.ts'
import { endFrom, idOfToken } from './search.ts'
import { searchById, searchesOf } from './views.ts'

/** The pages that mails lead to: looking changes nothing, one press does, and nobody needs to be signed in. */
export function addLinkPages(router: Router, app: App): void {
  const { hashing } = app.secrets
  form(router, app, paths.renewSearch, {
    who: 'anyone',
    view: 'searches/renewal.njk',
    load: async ({ query, now }) => {
      const token = query['token'] ?? ''
      const search = await searchById(app.db, idOfToken(hashing, 'keep search', token), now)
      return { token, search, until: endFrom(now), isKept: query['kept'] !== undefined }
    },
    submit: async (visit, body) => {
      const token = tokenIn(visit, body)
      await keepByLink(app, token)
      return { redirect: `${paths.renewSearch}?token=${encodeURIComponent(token)}&kept=` }
    },
  })
  form(router, app, paths.stopDigest, {
    who: 'anyone',
    view: 'searches/stop.njk',
    load: async ({ query, now }) => {
      const token = query['token'] ?? ''
      const searches = await searchesOf(app.db, idOfToken(hashing, 'stop digest', token), now)
      return { token, isOn: searches.some(({ mails }) => mails) }
    },
    submit: async (visit, body) => {
      const token = tokenIn(visit, body)
      await stopDigest(app, token)
      return { redirect: `${paths.stopDigest}?token=${encodeURIComponent(token)}` }
    },
  })
}

function tokenIn({ query }: Visit, body: Body): string {
  return body.text('token') === '' ? (query['token'] ?? '') : body.text('token')
}
