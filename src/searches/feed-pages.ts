import express, { Router, type Request, type Response } from 'express'
import { accountById } from '../accounts/views.ts'
import type { App } from '../app.ts'
import { hour, instantOf } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { etagOf, matchesEtag } from '../common/etag.ts'
import { sha256Hex } from '../common/ids.ts'
import { paths } from '../common/paths.ts'
import { quotaOf } from '../common/quota.ts'
import { shown } from '../directory/shown.ts'
import { stopDigest } from './actions.ts'
import { feedText, feedTypes, lineOf, type FeedKind } from './feed.ts'
import { directoryAddress } from './mails.ts'
import { mostInFeed, peopleIn } from './news-views.ts'
import { isFeedSecret, type SavedSearch } from './search.ts'
import { searchByFeed } from './views.ts'

// A feed reader asks a few times an hour.
const asksAnHour = 60

const readBody = express.urlencoded({ extended: false, limit: '4kb', parameterLimit: 10 })

/** What comes without a session: feeds, whose address is their secret, and the POST of a mail program that ends the weekly mails. */
export function searchDocuments(app: App): Router {
  const router = Router()
  const quota = quotaOf(asksAnHour, hour)
  router.get('/feeds/:file', async (request, response) => {
    // Before anything can fail: neither the feed nor its refusal is for a search engine or a shared cache.
    response.set('x-robots-tag', 'noindex, noarchive, noai').set('cache-control', 'private, no-cache')
    const asked = /^([A-Za-z0-9_-]{44})\.(atom|json)$/.exec(request.params.file)
    const secret = asked?.[1]
    if (secret === undefined || !isFeedSecret(app.secrets.hashing, secret)) throw new Refusal('not-found')
    const search = await searchByFeed(app.db, sha256Hex(secret), app.now())
    if (!search) throw new Refusal('feed-gone')
    const standing = quota.take(search.id, 1, app.now().getTime())
    if (standing.isOver)
      throw new Refusal('too-many-requests', { seconds: standing.seconds, count: Math.ceil(standing.seconds / 60) })
    await answer(app, request, response, search, { secret, kind: asked?.[2] === 'json' ? 'json' : 'atom' })
  })
  router.post(paths.stopDigestAtOnce, readBody, async (request, response) => {
    await stopDigest(app, tokenIn(request))
    response.type('text').send('')
  })
  // Where a mail program opens the address instead: the page with the button.
  router.get(paths.stopDigestAtOnce, (request, response) => {
    const token = encodeURIComponent(tokenIn(request))
    response.redirect(302, `${paths.stopDigest}?token=${token}`)
  })
  return router
}

function tokenIn({ query }: Request): string {
  return typeof query['token'] === 'string' ? query['token'] : ''
}

async function answer(
  app: App,
  request: Request,
  response: Response,
  search: SavedSearch,
  { secret, kind }: { readonly secret: string; readonly kind: FeedKind },
): Promise<void> {
  const account = await accountById(app.db, search.accountId)
  if (account?.state !== 'active') throw new Refusal('feed-gone')
  const { language } = account
  const t = app.words.in(language)
  const { origin, name } = app.config
  const cards = await peopleIn(app.db, account, search, app.now(), mostInFeed)
  const text = feedText(
    {
      kind,
      id: `${origin}${paths.savedSearch(search.id)}`,
      title: t('searches:feed.title', { search: search.name, name }),
      description: t('searches:feed.description'),
      author: { name, link: origin },
      home: directoryAddress(app, search),
      self: `${origin}${paths.searchFeed(secret, kind)}`,
      since: search.savedAt,
    },
    cards.map((card) => {
      const one = shown(card, app, language, t)
      const updated = instantOf(one.updated) ?? search.savedAt
      return { url: one.url, name: one.name, line: lineOf(one), updated }
    }),
  )
  const etag = etagOf(text)
  response.set('etag', etag).set('content-language', language)
  if (matchesEtag(request.get('if-none-match'), etag)) {
    response.status(304).end()
    return
  }
  response.type(feedTypes[kind]).send(text)
}
