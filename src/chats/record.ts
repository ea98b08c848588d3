import { concept, slugOfIri } from '../common/vocabularies.ts'
import type { ListingDocument } from '../directory/document.ts'
import { messageNow, type ChatState, type Deed, type Exchange, type Message, type Side } from './chat.ts'

/** The other side, as her listing said when the chat was asked for. */
export type Peer = {
  readonly actor: string
  readonly host: string
  readonly name: string
  readonly organisation: string | null
  /** What she calls her role. */
  readonly role: string | null
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null
  readonly handle: string | null
  readonly page: string | null
  /** IRI of her listing. */
  readonly entry: string | null
  /** Where she is a person here. Never shown. */
  readonly accountId: string | null
}

/** The three short lines of a request: plain text, at most `longestLine` characters each. */
export type Lines = { readonly why: string; readonly hope: string; readonly bring: string }

/** One side's record of a chat, and what it comes to now. */
export type Chat = {
  readonly id: string
  readonly accountId: string
  readonly side: Side
  /** IRI of the request, the same on both sides. */
  readonly offer: string
  /** IRI of the yes, once there was one. */
  readonly agreement: string | null
  readonly context: string
  /** IRI of the flag that the request answers; null where somebody introduced them and none was up. */
  readonly flag: string | null
  /** The id under which the reader is known to the other side. */
  readonly personId: string
  readonly peer: Peer
  /** Slug in conversation-kinds. */
  readonly kind: string
  readonly lines: Lines
  /** Slugs in boundaries: those of whoever was asked, as they stood then. */
  readonly boundaries: readonly string[]
  /** The actor who introduced them, where somebody did. */
  readonly introducedBy: string | null
  /** The actors of the others who are asked to the same chat, where three meet. */
  readonly invited: readonly string[]
  readonly exchange: Exchange
  readonly state: ChatState
  readonly madeAt: Date
  /** When everything of it is gone. */
  readonly endsAt: Date
  /** What she may do now. */
  readonly deeds: readonly Deed[]
}

/** What the other side hears; its words are made from the chat when it is sent. */
export type What = 'offer' | Message['type']

/** One waiting message, the oldest of its chat. */
export type Waiting = { readonly number: string; readonly what: What; readonly attempts: number }

/** A request that was not let in, and whose no is on its way. */
export type ChatRefusal = {
  readonly id: string
  readonly offer: string
  /** Who was asked, here. */
  readonly personId: string
  /** Who asked, and at which host. */
  readonly actor: string
  readonly host: string
  readonly attempts: number
  readonly endsAt: Date
}

/** The message of that kind as the chat stands now; undefined for the request itself. */
export function messageOf({ exchange, side }: Pick<Chat, 'exchange' | 'side'>, what: What): Message | undefined {
  return what === 'offer' ? undefined : messageNow(exchange, side, what)
}

/** The other side as a listing tells of her. */
export function peerOf(document: ListingDocument, host: string, accountId: string | undefined): Peer {
  const { worksFor, hasOccupation } = document
  return {
    actor: document.featuredObject,
    host,
    name: document.name,
    organisation: worksFor.name,
    role: hasOccupation[0]?.name ?? null,
    country: worksFor.addressCountry ?? null,
    handle: document.webfinger ?? null,
    page: document.url ?? null,
    entry: document.id,
    accountId: accountId ?? null,
  }
}

/** The kinds of chat and the boundaries that a listing's flag names, as slugs; what we do not know is left out. */
export function termsOf(document: Pick<ListingDocument, 'peerChat'>): {
  readonly kinds: readonly string[]
  readonly boundaries: readonly string[]
} {
  const slugs = (name: 'conversation-kinds' | 'boundaries', iris: readonly string[] = []): readonly string[] =>
    iris.map((iri) => slugOfIri(name, iri) ?? iri).filter((slug) => concept(name, slug) !== undefined)
  return {
    kinds: slugs('conversation-kinds', document.peerChat?.kinds),
    boundaries: slugs('boundaries', document.peerChat?.boundaries),
  }
}
