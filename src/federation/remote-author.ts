import type { App } from '../app.ts'
import { isObject } from '../common/objects.ts'
import { plainLine } from '../requests/plain-text.ts'
import type { Author } from '../requests/request.ts'
import { idsIn, isOwnOf } from './received.ts'
import { readRemoteDocument, remoteActorIn } from './remote-actor.ts'

/** Who wrote, and what she calls her followers, so that a message to them is not taken for a direct one. */
export type RemoteAuthor = Author & { readonly followers: string | undefined }

/** Longer names are cut. */
const longestName = 60

/** Names as Mastodon and Misskey take them: no letter in one that looks like another, and nothing that is a text by itself. */
const mentionable = /^[a-z0-9_](?:[a-z0-9_.-]{0,62}[a-z0-9_])?$/i

/**
 * Who an actor is, as its own server said within a day or says now, as an answer to it needs that; undefined when it has no name to be mentioned by. Throws
 * OutboundError when it cannot be had.
 */
export async function readRemoteAuthor(app: App, actor: string): Promise<RemoteAuthor | undefined> {
  const document = await readRemoteDocument(app, actor)
  const { handle, inbox } = remoteActorIn(document, actor)
  const { host } = new URL(actor)
  if (handle === null || !mentionable.test(handle.slice(1).split('@')[0] ?? '')) return undefined
  const more = isObject(document) ? document : {}
  const { name, url, followers } = more
  const page = pageIn(url)
  const shown = typeof name === 'string' ? plainLine(name, longestName) : ''
  return {
    actor,
    host,
    handle,
    name: shown === '' ? null : shown,
    page: page !== undefined && isOwnOf(actor, page) ? page : actor,
    inbox,
    followers: typeof followers === 'string' ? followers : undefined,
  }
}

// One address, a link, or several of them: the first is the page.
function pageIn(url: unknown): string | undefined {
  const first: unknown = Array.isArray(url) ? url[0] : url
  const address = isObject(first) ? first['href'] : first
  return idsIn(address)[0]
}
