import type { Chat } from '../chats/record.ts'
import type { Addresses } from '../common/addresses.ts'
import { isObject } from '../common/objects.ts'
import { parse } from '../common/parse.ts'
import type { WorthMessage } from '../learning/worth.ts'
import { chatContext } from './chat-document.ts'
import type { JsonDocument } from './documents.ts'
import { isOwnOf, type Received } from './received.ts'

/**
 * What one side of a chat tells the other of what it was worth (FEDERATION.md, Chats): an Update of what that side said before. Undefined
 * where who was asked has no Agreement to speak of.
 */
export function worthActivity(at: Addresses, chat: Chat, message: WorthMessage): JsonDocument | undefined {
  const { side, offer, agreement, peer, context } = chat
  const actor = at.person(chat.personId)
  const own =
    side === 'asker' ? { id: offer, type: 'Offer', actor } : { id: agreement, type: 'Agreement', attributedTo: actor }
  if (own.id === null) return undefined
  const { edition, wishes, said } = message
  return {
    '@context': chatContext,
    id: `${own.id}#worth-${edition}`,
    type: 'Update',
    actor,
    to: [peer.actor],
    context,
    object: {
      ...own,
      sharesWorth: wishes,
      worthEdition: edition,
      ...(said ? { worth: said.answer, ...(said.note === '' ? {} : { worthNote: said.note }) } : {}),
    },
  }
}

/** What an Update says of what a chat was worth; undefined where it says nothing of it, or speaks for somebody else. Throws InvalidInput. */
export function worthIn({
  actor,
  type,
  object,
}: Received): { readonly about: string; readonly message: WorthMessage } | undefined {
  if (type !== 'Update' || !isObject(object) || !('sharesWorth' in object)) return undefined
  const { id, attributedTo, actor: named, sharesWorth, worthEdition, worth, worthNote } = parse('chat-worth', object)
  if (!isOwnOf(actor, id) || (attributedTo ?? named ?? actor) !== actor) return undefined
  const said = worth === undefined ? {} : { said: { answer: worth, note: worthNote?.trim() ?? '' } }
  return { about: id, message: { edition: worthEdition, wishes: sharesWorth, ...said } }
}
