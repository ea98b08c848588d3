import { isObject } from '../common/objects.ts'

/**
 * For whom a message is: everyone, followers, more people than a message is for, what cannot be read, or those named, each once
 * in the order of the lists.
 */
export type Addressing =
  | { readonly to: 'everyone' | 'followers' | 'too-many' | 'unreadable' }
  | { readonly to: 'people'; readonly people: readonly string[] }

// ActivityPub 5.6 knows three spellings, and servers know more.
const everyone = /^(?:https?:\/\/www\.w3\.org\/ns\/activitystreams#|as:)?public$/i

// Mastodon, GoToSocial, Misskey, snac2 and most others call a person's followers so; the author's own document says the rest.
const followersPath = /\/followers\/?$/i

/**
 * Reads for whom a message is from everything that addresses it: to, cc, audience, bto and bcc of the Note and of the activity around it.
 * One name of everyone or of followers in any of them makes it no direct message. `followers` is what the author calls hers.
 */
export function addressingOf(
  lists: readonly unknown[],
  limits: { readonly most: number; readonly followers?: string | undefined },
): Addressing {
  const named = lists.flatMap((list) =>
    list === undefined || list === null ? [] : Array.isArray(list) ? list : [list],
  )
  const ids = named.map(idIn)
  if (ids.some((id) => id !== undefined && everyone.test(id))) return { to: 'everyone' }
  if (ids.some((id) => id !== undefined && isFollowers(id, limits.followers))) return { to: 'followers' }
  const people = [...new Set(ids.filter((id) => id !== undefined))]
  if (people.length < new Set(ids).size || people.some((id) => !/^https?:\/\//.test(id) || !URL.canParse(id)))
    return { to: 'unreadable' }
  return people.length > limits.most ? { to: 'too-many' } : { to: 'people', people }
}

function idIn(value: unknown): string | undefined {
  const id = isObject(value) ? value['id'] : value
  return typeof id === 'string' ? id.trim() : undefined
}

function isFollowers(id: string, followers: string | undefined): boolean {
  if (id === followers) return true
  const path = URL.parse(id)?.pathname
  return path !== undefined && followersPath.test(path)
}
