import type { Message, Slot } from '../chats/chat.ts'
import { messageOf, type Chat, type What } from '../chats/record.ts'
import { conceptIri, labelOf } from '../common/vocabularies.ts'
import type { Addresses } from '../common/addresses.ts'
import { rfc3339 } from '../common/clock.ts'
import { sha256Hex } from '../common/ids.ts'
import { acceptSuffix } from './chat-reading.ts'
import { activityStreams } from './context.ts'
import type { JsonDocument, Speech } from './documents.ts'
import { escapeHtml } from './html.ts'

const iri = (id: string) => ({ '@id': id, '@type': '@id' }) as const
const text = (id: string) => ({ '@id': id, '@type': 'http://www.w3.org/2001/XMLSchema#string' }) as const

/** Our own and borrowed terms of chats, inline as everywhere. */
export const chatTerms = {
  vf: 'https://w3id.org/valueflows/ont/vf#',
  om2: 'http://www.ontology-of-units-of-measure.org/resource/om-2/',
  swd: 'https://w3id.org/sideways/ns#',
  Agreement: 'vf:Agreement',
  Commitment: 'vf:Commitment',
  stipulates: iri('vf:stipulates'),
  satisfies: iri('vf:satisfies'),
  resourceQuantity: iri('vf:resourceQuantity'),
  hasUnit: 'om2:hasUnit',
  hasNumericalValue: 'om2:hasNumericalValue',
  kind: iri('swd:kind'),
  why: text('swd:why'),
  hope: text('swd:hope'),
  bring: text('swd:bring'),
  proposedTimes: iri('swd:proposedTimes'),
  introducedBy: iri('swd:introducedBy'),
  invited: iri('swd:invited'),
  sequence: 'swd:sequence',
  edition: 'swd:edition',
  accessNeeds: text('swd:accessNeeds'),
  sharesWorth: 'swd:sharesWorth',
  worth: 'swd:worth',
  worthEdition: 'swd:worthEdition',
  worthNote: text('swd:worthNote'),
} as const

/** The context of everything that two people say to each other of a chat. */
export const chatContext = [activityStreams, chatTerms] as const

/** A message about a chat that goes out. */
export type ChatToSend = {
  /** As it stands now. */
  readonly chat: Chat
  /** Of the message, in the order of that chat's. */
  readonly number: string
  readonly what: What
}

/**
 * What the other side of a chat is sent (FEDERATION.md, Chats). Sent again, it has the same id and says how the chat stands by then,
 * so that the last one of several says all. Undefined for what nobody is told in that state.
 */
export function chatActivity(at: Addresses, sending: ChatToSend, speech: Speech): JsonDocument | undefined {
  const { chat, number, what } = sending
  const { side, offer, agreement } = chat
  const actor = at.person(chat.personId)
  const from = (id: string, type: string): JsonDocument => ({
    '@context': chatContext,
    id,
    type,
    actor,
    to: [chat.peer.actor],
    context: chat.context,
  })
  const message = messageOf(chat, what)
  if (!message) return { ...from(offer, 'Offer'), ...offerTerms(actor, chat, speech) }
  if (message.type === 'decline') return rejectOf(at, { personId: chat.personId, offer, actor: chat.peer.actor })
  if (message.type === 'too-late')
    return agreement === null ? undefined : { ...from(`${offer}#too-late`, 'Reject'), object: agreement + acceptSuffix }
  const own =
    side === 'asker' ? { id: offer, type: 'Offer', actor } : { id: agreement, type: 'Agreement', attributedTo: actor }
  const { id } = own
  if (id === null) return undefined
  if (message.type === 'change')
    return { ...from(`${id}#update-${number}`, 'Update'), object: { ...own, ...saidIn(message) } }
  const accept = { id: id + acceptSuffix, type: 'Accept', actor, object: offer }
  if (message.type === 'undo')
    return { ...from(`${id}#undo`, 'Undo'), sequence: message.version, object: side === 'asker' ? own : accept }
  const stipulates = { id: `${id}#primary`, ...commitment(chat.flag) }
  return { ...from(accept.id, 'Accept'), object: offer, result: { ...own, stipulates, ...saidIn(message) } }
}

/** A no to a request, whatever the reason: none is given. */
export function rejectOf(
  at: Addresses,
  { personId, offer, actor }: { readonly personId: string; readonly offer: string; readonly actor: string },
): JsonDocument {
  const person = at.person(personId)
  return {
    '@context': chatContext,
    id: `${person}#not-now-${sha256Hex(offer).slice(0, 24)}`,
    type: 'Reject',
    actor: person,
    to: [actor],
    object: offer,
  }
}

const half = { hasUnit: 'one', hasNumericalValue: '1' } as const

function offerTerms(actor: string, chat: Chat, speech: Speech): JsonDocument {
  const { lines, exchange, introducedBy, invited, flag } = chat
  const content = contentOf(chat, speech)
  return {
    published: rfc3339(chat.madeAt),
    endTime: rfc3339(exchange.lapsesAt),
    kind: conceptIri('conversation-kinds', chat.kind),
    ...lines,
    proposedTimes: exchange.plan.version === 0 ? exchange.plan.offered.map(timesOf) : [],
    ...(introducedBy === null ? {} : { introducedBy }),
    ...(invited.length === 0 ? {} : { invited }),
    content,
    contentMap: { [speech.language]: content },
    object: { type: 'Agreement', attributedTo: actor, stipulates: commitment(flag) },
  }
}

function saidIn({ plan, word }: Extract<Message, { type: 'accept' | 'change' }>): JsonDocument {
  const times = plan?.slot ? timesOf(plan.slot) : { proposedTimes: plan?.offered.map(timesOf) ?? [] }
  return {
    ...(plan ? { sequence: plan.version, ...times } : {}),
    edition: word.edition,
    ...(word.place === null ? {} : { location: { type: 'Place', name: word.place } }),
    ...(word.access === null ? {} : { accessNeeds: word.access }),
  }
}

function commitment(flag: string | null): JsonDocument {
  return { type: 'Commitment', ...(flag === null ? {} : { satisfies: `${flag}#primary` }), resourceQuantity: half }
}

function timesOf({ from, until }: Slot): JsonDocument {
  return { startTime: rfc3339(from), endTime: rfc3339(until) }
}

/** The same for software that knows none of our terms: a request that a person can read. */
function contentOf({ kind, lines, exchange }: Chat, { language, t }: Speech): string {
  const times = exchange.plan.offered.map(({ from }) => rfc3339(from).slice(0, 16).replace('T', ' ')).join(', ')
  const parts = [
    t('federation:offer.asks', { kind: labelOf('conversation-kinds', kind, language) }),
    ...(['why', 'hope', 'bring'] as const).flatMap((name) =>
      lines[name] === '' ? [] : [t(`federation:offer.${name}`, { text: lines[name] })],
    ),
    ...(times === '' ? [] : [t('federation:offer.times', { times })]),
  ]
  return parts.map((part) => `<p>${escapeHtml(part)}</p>`).join('')
}
