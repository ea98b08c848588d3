// Direct messages as servers of the fediverse send them, after fediverse.md 1.4 and 1.5 and what each is known for.

export type Direct = {
  /** The author's actor id. */
  readonly author: string
  /** Whom it is for: actor ids with the full handles that the text mentions. */
  readonly to: readonly { readonly actor: string; readonly handle: string }[]
  readonly text: string
  /** The number of the note on its server; it makes its id. */
  readonly number: number
  readonly inReplyTo?: string
  readonly at?: string
}

export type Software = 'mastodon' | 'gotosocial' | 'misskey' | 'snac2'
type Json = Readonly<Record<string, unknown>>

const activityStreams = 'https://www.w3.org/ns/activitystreams'
const when = '2026-11-22T08:59:00Z'

/** The id that a note has on its author's server. */
export function noteId(software: Software, author: string, number: number): string {
  const { origin, pathname } = new URL(author)
  if (software === 'misskey') return `${origin}/notes/9q${number}`
  return software === 'snac2' ? `${origin}${pathname}/p/${number}.25` : `${author}/statuses/${number}`
}

/** A direct message as one software sends it: Create with the Note in it. */
export function directMessage(software: Software, message: Direct): Json {
  return shapes[software](message)
}

/** What the author's server sends when she deletes it: each embeds a tombstone, but for snac2 and GoToSocial, which name the id. */
export function deletedMessage(software: Software, { author, number }: Pick<Direct, 'author' | 'number'>): Json {
  const id = noteId(software, author, number)
  const object = software === 'mastodon' || software === 'misskey' ? { id, type: 'Tombstone' } : id
  return {
    '@context': activityStreams,
    id: `${id}#delete`,
    type: 'Delete',
    actor: author,
    to: [`${activityStreams}#Public`],
    object,
  }
}

/** What it sends when she edits it. */
export function changedMessage(software: Software, message: Direct): Json {
  const { '@context': context, object, to, cc } = directMessage(software, message)
  const { id, ...rest } = object as Json // made above
  return {
    '@context': context,
    id: `${String(id)}#updates/${message.text.length}`,
    type: 'Update',
    actor: message.author,
    to,
    cc,
    object: { id, ...rest, updated: message.at ?? when },
  }
}

const mentionsOf = (to: Direct['to']): Json[] =>
  to.map(({ actor, handle }) => ({ type: 'Mention', href: actor, name: handle }))
const nameOf = (handle: string): string => handle.slice(1).split('@')[0] ?? ''
const pageOf = (handle: string, actor: string): string => `${new URL(actor).origin}/@${nameOf(handle)}`
const mentioned = (to: Direct['to']): string =>
  to
    .map(
      ({ actor, handle }) =>
        `<span class="h-card" translate="no"><a href="${pageOf(handle, actor)}" class="u-url mention">@<span>${nameOf(handle)}</span></a></span> `,
    )
    .join('')

const shapes: Readonly<Record<Software, (message: Direct) => Json>> = {
  mastodon: ({ author, to, text, number, inReplyTo, at = when }) => {
    const id = noteId('mastodon', author, number)
    const content = `<p>${mentioned(to)}${text}</p>`
    const { origin, host } = new URL(author)
    return {
      '@context': [
        activityStreams,
        {
          ostatus: 'http://ostatus.org#',
          atomUri: 'ostatus:atomUri',
          inReplyToAtomUri: 'ostatus:inReplyToAtomUri',
          conversation: 'ostatus:conversation',
          sensitive: 'as:sensitive',
          toot: 'http://joinmastodon.org/ns#',
          votersCount: 'toot:votersCount',
        },
      ],
      id: `${id}/activity`,
      type: 'Create',
      actor: author,
      published: at,
      to: to.map(({ actor }) => actor),
      cc: [],
      object: {
        id,
        type: 'Note',
        summary: null,
        inReplyTo: inReplyTo ?? null,
        published: at,
        url: `${origin}/@cleo/${number}`,
        attributedTo: author,
        to: to.map(({ actor }) => actor),
        cc: [],
        sensitive: false,
        atomUri: id,
        inReplyToAtomUri: inReplyTo ?? null,
        conversation: `tag:${host},2026-11-22:objectId=${number}:objectType=Conversation`,
        context: `${origin}/contexts/1-${number}`,
        content,
        contentMap: { en: content },
        attachment: [],
        tag: mentionsOf(to),
        replies: {
          id: `${id}/replies`,
          type: 'Collection',
          first: { type: 'CollectionPage', next: `${id}/replies?only_other_accounts=true&page=true`, items: [] },
        },
        likes: { id: `${id}/likes`, type: 'Collection', totalItems: 0 },
        shares: { id: `${id}/shares`, type: 'Collection', totalItems: 0 },
      },
    }
  },
  // One of something stands by itself, not in a list; the language is in contentMap, and a summary that is empty.
  gotosocial: ({ author, to, text, number, inReplyTo, at = when }) => {
    const id = noteId('gotosocial', author, number)
    const content = `<p>${mentioned(to)}${text}</p>`
    const addressed = to.length === 1 ? to[0]?.actor : to.map(({ actor }) => actor)
    const tags = mentionsOf(to)
    return {
      '@context': ['https://gotosocial.org/ns', activityStreams, { sensitive: 'as:sensitive' }],
      id: `${id}/activity#Create`,
      type: 'Create',
      actor: author,
      published: at,
      to: addressed,
      cc: [],
      object: {
        id,
        type: 'Note',
        attributedTo: author,
        attachment: [],
        content,
        contentMap: { en: content },
        interactionPolicy: {
          canLike: { always: [addressed].flat(), approvalRequired: [] },
          canReply: { always: [addressed].flat(), approvalRequired: [] },
          canAnnounce: { always: [], approvalRequired: [] },
        },
        ...(inReplyTo === undefined ? {} : { inReplyTo }),
        published: at,
        replies: {
          id: `${id}/replies`,
          type: 'Collection',
          first: { id: `${id}/replies?page=true`, type: 'CollectionPage' },
        },
        sensitive: false,
        summary: '',
        tag: tags.length === 1 ? tags[0] : tags,
        to: addressed,
        url: `${new URL(author).origin}/@cleo/statuses/${number}`,
      },
    }
  },
  // The text as it was typed beside the HTML; handles in full; no contentMap.
  misskey: ({ author, to, text, number, inReplyTo, at = when }) => {
    const id = noteId('misskey', author, number)
    const links = to
      .map(({ actor, handle }) => `<a href="${pageOf(handle, actor)}" class="u-url mention">${handle}</a>`)
      .join(' ')
    const typed = `${to.map(({ handle }) => handle).join(' ')} ${text}`
    return {
      '@context': [
        activityStreams,
        'https://w3id.org/security/v1',
        { Hashtag: 'as:Hashtag', misskey: 'https://misskey-hub.net/ns#', _misskey_content: 'misskey:_misskey_content' },
      ],
      id: `${id}/activity`,
      actor: author,
      type: 'Create',
      published: at,
      object: {
        id,
        type: 'Note',
        attributedTo: author,
        summary: null,
        content: `<p>${links}<span> ${text}</span></p>`,
        _misskey_content: typed,
        source: { content: typed, mediaType: 'text/x.misskeymarkdown' },
        published: at,
        to: to.map(({ actor }) => actor),
        cc: [],
        inReplyTo: inReplyTo ?? null,
        attachment: [],
        sensitive: false,
        tag: mentionsOf(to),
      },
      to: to.map(({ actor }) => actor),
      cc: [],
    }
  },
  // The plain context, no paragraph, and empty texts where others have nothing.
  snac2: ({ author, to, text, number, inReplyTo, at = when }) => {
    const id = noteId('snac2', author, number)
    const links = to
      .map(({ actor, handle }) => `<a href="${actor}" class="u-url mention">@${nameOf(handle)}</a>`)
      .join(' ')
    return {
      '@context': activityStreams,
      type: 'Create',
      id: `${id}/Create`,
      actor: author,
      attributedTo: author,
      published: at,
      object: {
        type: 'Note',
        id,
        attributedTo: author,
        published: at,
        content: `${links} ${text}<br>`,
        context: `${id}#ctx`,
        url: id,
        to: to.map(({ actor }) => actor),
        cc: [],
        inReplyTo: inReplyTo ?? null,
        summary: '',
        tag: mentionsOf(to),
        sourceContent: text,
      },
      to: to.map(({ actor }) => actor),
      cc: [],
    }
  },
}
