import type { Addresses } from '../common/addresses.ts'
import { rfc3339 } from '../common/clock.ts'
import { longDay } from '../common/days.ts'
import { labelOf } from '../common/vocabularies.ts'
import { activityStreams, documentContext, publicAudience } from './context.ts'
import { hashtag, type JsonDocument, type Speech } from './documents.ts'
import { escapeHtml } from './html.ts'
import { sharedPractices, type NoteKind, type WordsKind } from './notes.ts'
import { roleOf, type PersonFacts } from './person-document.ts'

/** What a post is written from; `document` is what everyone may read of her. */
export type PostFacts = {
  readonly person: Pick<PersonFacts, 'personId' | 'handle' | 'document'>
  readonly kind: WordsKind
  readonly number: number
  /** The practices that it names, by their keys (notes.ts). */
  readonly practices: readonly string[]
  readonly endsAt: Date
  readonly now: Date
  /** Whether she can be asked by a private mention. */
  readonly takesMentions: boolean
}

/**
 * One post of a person. Its text stands alone: her job, what it is about, until which day (Mastodon lets nothing expire), and what to do
 * now. `contentMap` has one key whose value is `content`, or GoToSocial would not know the language.
 */
export function noteDocument(at: Addresses, post: PostFacts, speech: Speech): JsonDocument {
  const { person } = post
  const id = at.note(person.personId, post.number)
  const tag = post.kind === 'practice' ? sharedHashtag(at) : hashtag(at)
  const content = [textOf(at, post, speech), wayOn(at, post, speech), hashtagLink(tag)]
    .map((html) => `<p>${html}</p>`)
    .join('')
  return {
    '@context': documentContext,
    id,
    type: 'Note',
    attributedTo: at.person(person.personId),
    url: person.handle === null ? id : at.personPage(person.handle),
    published: rfc3339(post.now),
    to: [publicAudience],
    cc: [`${at.person(person.personId)}/followers`],
    sensitive: false,
    content,
    contentMap: { [speech.language]: content },
    tag: [tag],
  }
}

function textOf(at: Addresses, { person, kind, practices, endsAt }: PostFacts, { language, t }: Speech): string {
  const date = longDay(endsAt, language)
  const named = sharedPractices(person.document).filter(({ key }) => practices.includes(key))
  const what =
    kind === 'practice'
      ? t('federation:post.practice', {
          count: named.length,
          practices: named.map(({ iri, words }) => words ?? labelOf('practices', iri ?? '', language)).join(', '),
        })
      : t(`federation:post.${kind}`, { date })
  const job = t('federation:post.job', { job: jobOf(at, person, language) })
  const ends = kind === 'practice' ? ` ${t('federation:post.goes', { date })}` : ''
  return escapeHtml(`${what} ${job}${ends}`)
}

// Role, organisation and sector, as far as everyone may read them.
function jobOf(at: Addresses, { document }: PostFacts['person'], language: Speech['language']): string {
  const { name, sector } = document.worksFor
  return [
    roleOf(document, language),
    ...(name === at.host ? [] : [name]), // what stands there for an organisation that she keeps to herself
    ...(sector === undefined ? [] : [labelOf('sectors', sector, language)]),
  ].join(', ')
}

// The one thing to do now.
function wayOn(at: Addresses, { person, kind, takesMentions }: PostFacts, { t }: Speech): string {
  const page = person.handle === null ? at.directoryPage : at.personPage(person.handle)
  const link = `<a href="${escapeHtml(page)}">${escapeHtml(page.replace(/^https?:\/\//, ''))}</a>`
  const asks = kind !== 'practice' && takesMentions
  return `${escapeHtml(t(asks ? 'federation:post.mention' : 'federation:post.page'))} ${link}`
}

/** The hashtag of posts about practices. */
function sharedHashtag(at: Addresses): JsonDocument {
  return { type: 'Hashtag', name: '#PeerPractice', href: at.tag('PeerPractice') }
}

// As Mastodon writes it: it looks for these classes.
function hashtagLink(tag: JsonDocument): string {
  const name = String(tag['name']).slice(1)
  return `<a href="${escapeHtml(String(tag['href']))}" class="mention hashtag" rel="tag">#<span>${name}</span></a>`
}

/** What stays of something that is gone. */
export function tombstone(id: string, formerType: string, deleted?: Date): JsonDocument {
  return {
    '@context': activityStreams,
    id,
    type: 'Tombstone',
    formerType,
    ...(deleted ? { deleted: rfc3339(deleted) } : {}),
  }
}

/** The ids of what is sent about one post. Whoever gets the same one again does nothing again. */
export function activityIdsOf(note: string) {
  return { create: `${note}/activity`, add: `${note}#add`, remove: `${note}#remove`, delete: `${note}#delete` } as const
}

/** `Create` with the whole Note in it. */
export function createOf(note: JsonDocument): JsonDocument {
  const { '@context': context, ...object } = note
  return {
    '@context': context,
    id: activityIdsOf(String(note['id'])).create,
    type: 'Create',
    actor: note['attributedTo'],
    published: note['published'],
    to: note['to'],
    cc: note['cc'],
    object,
  }
}

/** Pins a Note, or takes it off her profile: `Add` and `Remove` of its id, with her own collection as target. */
export function pinOf(at: Addresses, personId: string, number: number, what: 'Add' | 'Remove'): JsonDocument {
  const actor = at.person(personId)
  const object = at.note(personId, number)
  const ids = activityIdsOf(object)
  return {
    '@context': activityStreams,
    id: what === 'Add' ? ids.add : ids.remove,
    type: what,
    actor,
    to: [publicAudience],
    cc: [`${actor}/followers`],
    object,
    target: `${actor}/featured`,
  }
}

/** What a post is in ActivityStreams. */
export function typeOfNote(kind: NoteKind): 'Note' | 'Event' {
  return kind === 'office-hours' ? 'Event' : 'Note'
}

/** `Delete` of a post with its tombstone. */
export function deleteOf(
  at: Addresses,
  personId: string,
  { number, kind }: { readonly number: number; readonly kind: NoteKind },
  now: Date,
): JsonDocument {
  const actor = at.person(personId)
  const id = at.note(personId, number)
  const { '@context': context, ...object } = tombstone(id, typeOfNote(kind), now)
  return { '@context': context, id: activityIdsOf(id).delete, type: 'Delete', actor, to: [publicAudience], object }
}
