import type { Addresses } from '../common/addresses.ts'
import { rfc3339 } from '../common/clock.ts'
import type { AnswerToSend } from '../requests/request.ts'
import { activityStreams, documentContext } from './context.ts'
import type { JsonDocument } from './documents.ts'
import { escapeHtml } from './html.ts'

/**
 * Her answer as a Note for exactly one reader, in the shape that Mastodon, GoToSocial, Misskey and snac2 take for a direct message
 * (FEDERATION.md, Messages): the reader alone in `to`, mentioned in text and tag by the full handle, and threaded under what it answers.
 */
export function replyDocument(at: Addresses, answer: AnswerToSend): JsonDocument {
  const id = at.reply(answer.personId, answer.id)
  const content = contentOf(answer)
  return {
    '@context': documentContext,
    id,
    type: 'Note',
    attributedTo: at.person(answer.personId),
    inReplyTo: answer.inReplyTo,
    context: answer.context,
    published: rfc3339(answer.madeAt),
    url: answer.personHandle === null ? id : at.personPage(answer.personHandle),
    to: [answer.to.actor],
    cc: [],
    sensitive: false,
    tag: [{ type: 'Mention', href: answer.to.actor, name: answer.to.handle }],
    content,
    // One key whose value is `content`: GoToSocial takes the language from it only then.
    contentMap: { [answer.language]: content },
  }
}

/** The Create around it. */
export function replyCreate(at: Addresses, answer: AnswerToSend): JsonDocument {
  const { '@context': context, ...object } = replyDocument(at, answer)
  return {
    '@context': context,
    id: `${at.reply(answer.personId, answer.id)}/activity`,
    type: 'Create',
    actor: at.person(answer.personId),
    published: object['published'],
    to: [answer.to.actor],
    cc: [],
    object,
  }
}

/** What tells her reader's server that she took an answer back. */
export function replyDelete(at: Addresses, answer: AnswerToSend): JsonDocument {
  const id = at.reply(answer.personId, answer.id)
  const { '@context': context, ...object } = replyTombstone(at, answer)
  return {
    '@context': context,
    id: `${id}#delete`,
    type: 'Delete',
    actor: at.person(answer.personId),
    to: [answer.to.actor],
    cc: [],
    object,
  }
}

/** What stands at the address of an answer that was taken back. */
export function replyTombstone(at: Addresses, answer: AnswerToSend): JsonDocument {
  return {
    '@context': activityStreams,
    id: at.reply(answer.personId, answer.id),
    type: 'Tombstone',
    formerType: 'Note',
    ...(answer.takenBackAt === null ? {} : { deleted: rfc3339(answer.takenBackAt) }),
  }
}

/** Paragraphs of escaped text, the first with the mention as Mastodon writes it. */
function contentOf({ text, to, isFirst }: AnswerToSend): string {
  const name = to.handle.slice(1).split('@')[0] ?? ''
  const mention = `<span class="h-card"><a href="${escapeHtml(to.page)}" class="u-url mention">@<span>${escapeHtml(name)}</span></a></span>`
  return text
    .split(/\n{2,}/)
    .map((part) =>
      part
        .split('\n')
        .map(isFirst ? escapeHtml : linked)
        .join('<br>'),
    )
    .map((part, index) => `<p>${index === 0 ? `${mention} ` : ''}${part}</p>`)
    .join('')
}

/** The text of one line with its web addresses as links: other servers show HTML as it is. A first answer has none. */
function linked(line: string): string {
  return line
    .split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/)
    .map((part, index) => {
      const shown = escapeHtml(part)
      return index % 2 === 1 ? `<a href="${shown}" rel="nofollow noopener noreferrer">${shown}</a>` : shown
    })
    .join('')
}
