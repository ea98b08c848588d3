import type { Router } from 'express'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import { button, form } from '../web/form.ts'
import { makePersonalToken, revokePersonalToken } from './token-actions.ts'
import { personalTokens } from './token-views.ts'
import { mostTokens, readTokenWish, tokenDays, tokenScopes } from './token.ts'

/** A person's tokens: what there is, a new one, which is shown once, and the end of one. */
export function addTokenPages(router: Router, app: App): void {
  form(router, app, paths.tokens, {
    who: 'signed-in',
    view: 'accounts/tokens.njk',
    async load({ account, now }) {
      const tokens = await personalTokens(app.db, account.id)
      return {
        back: paths.myListing,
        tokens: tokens.map((token) => ({ ...token, hasEnded: token.endsAt <= now })),
        isRoom: tokens.filter(({ endsAt }) => endsAt > now).length < mostTokens,
        mostTokens,
        scopes: tokenScopes,
        days: tokenDays,
        apiDocument: `${app.config.origin}${paths.apiDocument}`,
        values: { id: app.newId(), tokenName: '', tokenScopes: ['directory:read'], tokenDays: '90' },
      }
    },
    async submit(visit, body) {
      const wish = readTokenWish({
        name: body.text('tokenName'),
        scopes: body.all('tokenScopes'),
        days: body.text('tokenDays'),
      })
      const id = /^[0-9a-z]{20}$/.test(body.text('id')) ? body.text('id') : app.newId()
      const token = await makePersonalToken(app, visit.account, { ...wish, id })
      if (token === undefined) {
        visit.request.session.notice = visit.t('accounts:tokens.twice')
        return { redirect: paths.tokens }
      }
      const example = `curl -H "Authorization: Bearer ${token}" "${app.config.origin}${exampleOf(wish.scopes)}"`
      return { show: 'accounts/token-made.njk', view: { token, name: wish.name, example } }
    },
  })

  button(router, app, paths.revokeToken, {
    who: 'signed-in',
    async submit(visit, body) {
      await revokePersonalToken(app, visit.account, body.text('token'))
      visit.request.session.notice = visit.t('accounts:tokens.revoked')
      return { redirect: paths.tokens }
    },
  })
}

function exampleOf(scopes: readonly string[]): string {
  if (scopes.includes('directory:read')) return paths.apiListings
  return scopes.includes('suggestions:read') ? paths.apiSuggestions : paths.apiSearches
}
