import { Router, type Response } from 'express'
import type { App } from '../app.ts'
import { day, later, rfc3339 } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { schemaOf } from '../common/parse.ts'
import { paths } from '../common/paths.ts'
import { vocabulary, vocabularyNames } from '../common/vocabularies.ts'
import { termsDocument } from './terms.ts'

/** The schemas of what travels and of what people may download. Settings and what we read of strangers are our own business. */
export const publishedSchemas: readonly string[] = [
  'allow-list',
  'buckets',
  'changes-page',
  'chat-agreement',
  'chat-offer',
  'chat-worth',
  'key-changes',
  'listing',
  'office-hours',
  'profile',
  'search',
  'statement',
  'tombstone',
  'vocabulary',
]

/** How long security.txt is good for; RFC 9116 says less than a year. */
const securityContactFor = 180 * day

/** Documents for programs, without a session: schemas, vocabularies, our terms, robots.txt, security.txt. */
export function documentRoutes(app: App): Router {
  const router = Router()
  const { origin, contact } = app.config

  router.get('/schemas/:file', (request, response) => {
    const name = nameIn(request.params.file, publishedSchemas)
    open(response)
      .type('application/schema+json')
      .send(pretty(schemaOf(name)))
  })

  router.get('/vocabularies', (_request, response) => {
    const list = vocabularyNames.map((name) => {
      const { id, version, title } = vocabulary(name)
      return { id, version, title, url: `${origin}/vocabularies/${name}.json` }
    })
    open(response).type('json').send(pretty(list))
  })

  router.get('/vocabularies/:file', (request, response) => {
    const name = vocabularyNames.find((one) => one === nameIn(request.params.file, vocabularyNames))
    if (!name) throw new Refusal('not-found')
    open(response)
      .type('json')
      .send(pretty(vocabulary(name)))
  })

  // To a browser it is a page (pages.ts), which has a language and so needs the rest of the way.
  router.get(paths.vocabulary, (request, response, next) => {
    response.vary('accept')
    const wanted = request.accepts([
      'text/html',
      'application/ld+json',
      'application/activity+json',
      'application/json',
    ])
    if (wanted === 'text/html' || wanted === false) return next()
    open(response)
      .type(wanted === 'application/json' ? wanted : 'application/ld+json')
      .send(pretty(termsDocument()))
  })

  router.get('/robots.txt', (_request, response) => {
    const closed = [
      paths.directory,
      '/me',
      paths.administration,
      paths.signIn,
      paths.signOut,
      paths.waiting,
      '/chat',
      '/ap',
      '/actor',
      '/api',
    ]
    response
      .set('cache-control', 'public, max-age=3600')
      .type('text')
      .send(['User-agent: *', ...closed.map((path) => `Disallow: ${path}`), ''].join('\n'))
  })

  router.get('/.well-known/security.txt', (_request, response) => {
    if (contact === undefined) throw new Refusal('not-found')
    response
      .set('cache-control', 'public, max-age=3600')
      .type('text')
      .send(
        [
          `Contact: mailto:${contact}`,
          `Expires: ${rfc3339(later(app.now(), securityContactFor))}`,
          'Preferred-Languages: en, cy',
          `Canonical: ${origin}/.well-known/security.txt`,
          '',
        ].join('\n'),
      )
  })

  return router
}

function nameIn(file: string, names: readonly string[]): string {
  const name = names.find((one) => file === `${one}.json`)
  if (name === undefined) throw new Refusal('not-found')
  return name
}

/** Anybody may read it from anywhere, and keep it for an hour; Express adds the ETag. */
function open(response: Response): Response {
  return response.set({
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': 'public, max-age=3600',
  })
}

function pretty(document: unknown): string {
  return `${JSON.stringify(document, undefined, 1)}\n`
}
