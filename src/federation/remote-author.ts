import type { App } from '../app.ts'
import { nodeActor } from '../common/addresses.ts'
import { OutboundError } from '../common/outbound.ts'
import { isObject } from '../common/objects.ts'
import { parse } from '../common/parse.ts'
import { plainLine } from '../requests/plain-text.ts'
import type { Author } from '../requests/request.ts'
import { activityJson } from './context.ts'
import { isOwnOf } from './received.ts'
import { getJson } from './signed.ts'

/** Who wrote, and what she calls her followers, so that a message to them is not taken for a direct one. */
export type RemoteAuthor = Author & { readonly followers: string | undefined }

/** Longer names are cut. */
const longestName = 60

/** Names as Mastodon and Misskey take them: no letter in one that looks like another, and nothing that is a text by itself. */
const mentionable = /^[a-z0-9_](?:[a-z0-9_.-]{0,62}[a-z0-9_])?$/i

/**
 * Reads from its own server who an actor is, as an answer to it needs that; undefined when it has no name to be mentioned by. Throws
 * OutboundError when it cannot be had.
 */
export async function readRemoteAuthor(app: App, actor: string): Promise<RemoteAuthor | undefined> {
  const document = await getJson(app, nodeActor, actor, { accept: activityJson })
  const { id, inbox, preferredUsername } = parse('remote-actor', document)
  const { host } = new URL(actor)
  if (id !== actor || !isOwnOf(actor, inbox))
    throw new OutboundError('no-answer', `${host} answered with another actor`)
  if (preferredUsername === undefined || !mentionable.test(preferredUsername)) return undefined
  const more = isObject(document) ? document : {}
  const { name, url, followers } = more
  const page = pageIn(url)
  const shown = typeof name === 'string' ? plainLine(name, longestName) : ''
  return {
    actor,
    host,
    handle: `@${preferredUsername}@${host}`,
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
  return typeof address === 'string' && /^https?:\/\//.test(address) && URL.canParse(address) ? address : undefined
}
