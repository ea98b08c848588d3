import { Feed } from 'feed'
import type { Shown } from '../directory/shown.ts'

export type FeedKind = 'atom' | 'json'

/** A feed as its reader sees it. */
export type FeedAbout = {
  readonly kind: FeedKind
  /** Lasting, and not the secret address. */
  readonly id: string
  readonly title: string
  readonly description: string
  /** The node. */
  readonly author: { readonly name: string; readonly link: string }
  /** The same search in the directory. */
  readonly home: string
  /** The feed's own address. */
  readonly self: string
  /** When it began: how old an empty one is. */
  readonly since: Date
}

/** One person in a feed: what her page is called, her name, one line, and when her listing last changed. */
export type FeedPerson = { readonly url: string; readonly name: string; readonly line: string; readonly updated: Date }

/** The media type of each kind. */
export const feedTypes: Readonly<Record<FeedKind, string>> = {
  atom: 'application/atom+xml',
  json: 'application/feed+json',
}

/** Writes an Atom feed (RFC 4287) or a JSON Feed (version 1). The same people give the same text. */
export function feedText(about: FeedAbout, people: readonly FeedPerson[]): string {
  const last = people.reduce((latest, { updated }) => (updated > latest ? updated : latest), about.since)
  // A title is HTML in the Atom that this library writes, and plain in JSON.
  const title = (text: string): string => (about.kind === 'atom' ? escaped(clean(text)) : clean(text))
  const feed = new Feed({
    id: about.id,
    title: clean(about.title),
    description: clean(about.description),
    author: { name: clean(about.author.name), link: about.author.link },
    link: about.home,
    feedLinks: { [about.kind]: about.self },
    updated: last,
    generator: 'Sideways',
  })
  for (const { url, name, line, updated } of people)
    feed.addItem({ id: url, link: url, title: title(name), description: escaped(clean(line)), date: updated })
  return about.kind === 'atom' ? feed.atom1() : feed.json1()
}

/** What a feed says of somebody: the least by which its reader decides to look. Copies of a feed are where nobody can take them back. */
export function lineOf(one: Pick<Shown, 'roles' | 'organisation'>): string {
  const { sector, country } = one.organisation
  return [...one.roles.map(({ label }) => label), sector?.label, country?.name]
    .filter((part) => part !== undefined)
    .join(', ')
}

// XML 1.0 has no place for most control characters, however they are written.
function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is meant
  return text.toWellFormed().replaceAll(/[\u0000-\u001F\u007F\uFFFE\uFFFF]+/g, ' ')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
