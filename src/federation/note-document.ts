import type { Addresses } from '../common/addresses.ts'
import { rfc3339 } from '../common/clock.ts'
import { longDay } from '../common/days.ts'
import { activityStreams, documentContext, publicAudience } from './context.ts'
import { hashtag, type JsonDocument, type Speech } from './documents.ts'
import { escapeHtml } from './html.ts'
import type { PersonFacts } from './person-document.ts'

/** The Note that tells followers that a flag is open; the end date is in the text, since Mastodon does not expire it. */
export function noteDocument(
  at: Addresses,
  person: PersonFacts,
  number: number,
  at_: { readonly now: Date; readonly speech: Speech },
): JsonDocument {
  const { language, t } = at_.speech
  const id = at.note(person.personId, number)
  const until = person.document.peerChat === undefined ? '' : longDay(person.document.peerChat.endTime, language)
  const tag = hashtag(at)
  const link = `<a href="${escapeHtml(String(tag['href']))}" class="mention hashtag" rel="tag">#<span>OpenToPeerChat</span></a>`
  const content = `<p>${escapeHtml(t('federation:note', { date: until }))} ${link}</p>`
  return {
    '@context': documentContext,
    id,
    type: 'Note',
    attributedTo: at.person(person.personId),
    url: person.handle === null ? id : at.personPage(person.handle),
    published: rfc3339(at_.now),
    to: [publicAudience],
    cc: [`${at.person(person.personId)}/followers`],
    sensitive: false,
    content,
    contentMap: { [language]: content },
    tag: [tag],
  }
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
