import { preloadedContexts, type DocumentLoader, type RemoteDocument } from '@fedify/vocab-runtime'
import type { App } from '../app.ts'
import type { OutboundOptions } from '../common/outbound.ts'
import { activityJson, linkedDataJson } from './context.ts'

/** A document could not be had; `status` as Fedify wants it for keys that are gone. */
export class LoadError extends Error {
  readonly status: number | undefined
  constructor(message: string, status?: number) {
    super(message)
    this.name = 'LoadError'
    this.status = status
  }
}

/** Loads ActivityPub documents through the node's only way out: bounded in size, time and hops; `sign` makes it an authorised fetch. */
export function documentLoader(app: App, sign?: OutboundOptions['sign']): DocumentLoader {
  return async (url) => {
    if (url in preloadedContexts) return contextLoader(url)
    const request = new Request(url, { headers: { accept: `${activityJson}, ${linkedDataJson}` } })
    const answer = await app.outbound.fetch(request, sign ? { sign } : {})
    if (answer.status !== 200) throw new LoadError(`${new URL(url).host} answered ${answer.status}`, answer.status)
    if (!isActivityType(answer.headers.get('content-type')))
      throw new LoadError(`${new URL(url).host} did not answer with an ActivityPub document`)
    return { contextUrl: null, document: JSON.parse(answer.body.toString('utf8')) as unknown, documentUrl: answer.url }
  }
}

/** Contexts are never fetched: those we know are shipped, and any other adds no terms, so that nobody gives our words another meaning. */
export async function contextLoader(url: string): Promise<RemoteDocument> {
  return { contextUrl: null, document: preloadedContexts[url] ?? { '@context': {} }, documentUrl: url }
}

// GHSA-jhrq-qvrm-qr36: a document of any other type may be somebody's upload.
function isActivityType(type: string | null): boolean {
  if (type === null) return false
  const [essence = '', ...parameters] = type
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  if (essence === activityJson) return true
  return (
    essence === 'application/ld+json' &&
    parameters.some((part) => part.startsWith('profile=') && part.includes('https://www.w3.org/ns/activitystreams'))
  )
}
