/** What another node says of itself and of its directory: what an administrator compares before she approves (FEDERATION.md 3). */
export type PartnerCard = {
  /** Host and, where it is not the usual one, port. */
  readonly host: string
  readonly origin: string
  readonly directoryId: string
  readonly inbox: string
  readonly listingsUrl: string
  readonly statementUrl: string
  /** The directory's own name. */
  readonly name: string
  readonly organisation: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null
  readonly policy: string | null
  /** How many people it lists; null below ten, or where it does not say. */
  readonly listed: number | null
  /** The Ed25519 Multikey that signs its statements. Pinned: another one is refused. */
  readonly directoryKey: string
  /** Whether its document has a proof by that key, which so vouches for the key that signs requests. Then nobody else's does. */
  readonly vouches: boolean
}

/** Whether we subscribe to the other node. */
export type Following = 'no' | 'requested' | 'accepted' | 'rejected' | 'ended'
/** Whether the other node subscribes to us. */
export type FollowerState = 'no' | 'waiting' | 'accepted' | 'rejected' | 'ended'

export type Partner = PartnerCard & {
  readonly id: number
  readonly following: Following
  /** The id of our newest Follow. */
  readonly followId: string | null
  readonly follower: FollowerState
  /** Their newest Follow as it came, in JSON. */
  readonly theirFollow: string | null
  /** What the other node last said it holds of us: a seq, and the root of its copies. */
  readonly theirHave: number | null
  readonly theirRoot: string | null
  readonly theirPoll: Date | null
  /** The epoch of the newest statement that it was given: what it holds counts in that one. */
  readonly theirEpoch: string | null
  readonly followerEndedAt: Date | null
  /** When its key last changed while we dealt with it; null when it never did. */
  readonly keyChangedAt: Date | null
  /** Another key that it shows now and that nothing vouches for: an administrator compares it. */
  readonly offeredKey: string | null
  /** The key that it had before, where it came with another one after both directions had ended. */
  readonly formerKey: string | null
  /** The directory that it moves to, once both ends had said so. */
  readonly movedTo: string | null
  readonly movedAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** Whether a node is our partner: one that we read, or that reads us. */
export function isPartner({ following, follower }: Pick<Partner, 'following' | 'follower'>): boolean {
  return following === 'accepted' || follower === 'accepted'
}

/** How our reading of one origin goes (FEDERATION.md 5). */
export type Reading = {
  readonly validUntil: Date
  readonly hidden: boolean
  /** Since when it is hidden because it does not add up. */
  readonly hiddenSince: Date | null
  readonly trouble: Trouble | null
  readonly cursor: number
  readonly epoch: string | null
  readonly root: string | null
  /** The newest statement that was believed, as it came. */
  readonly statement: string | null
  /** Of that statement, and only while our copies agree with it. */
  readonly etag: string | null
  readonly lastPoll: Date | null
  readonly lastContact: Date | null
  readonly failures: number
  readonly snapshotOpen: boolean
  /** The seq of the statement with which the snapshot began that is being read. */
  readonly snapshotSeq: number | null
}

/** What can be wrong between an origin and us; each has a sentence and an advice in words/…/partners.json. */
export const troubles = [
  'no-answer',
  'host-not-allowed',
  'not-allowed',
  'statement-broken',
  'statement-forged',
  'statement-refused',
  'key-changed',
  'page-broken',
  'too-many-snapshots',
  'root-differs',
  'too-many-listings',
] as const
export type Trouble = (typeof troubles)[number]

/** The lease: how long a copy may be shown after the statement that covers it was issued (FEDERATION.md 1), in days. */
export const leaseDays = 7
/** How long after the end of its lease a copy is erased, in hours (FEDERATION.md 5). */
export const erasedAfterHours = 24
/** How long tombstones stay, in days (FEDERATION.md 4.2). */
export const tombstoneDays = 400
/** A statement is issued again when it is older than this, in hours (FEDERATION.md 4.3). */
export const statementHours = 24
/** At most so many nodes may wait for an answer: Follows are cheap, and come from anybody. */
export const mostWaiting = 200

const longestFollow = 8 * 1024

/** A key or an address of a node that we deal with may not change behind our back; one that we have nothing to do with any more may. */
export function isSettled(partner: Pick<Partner, 'following' | 'follower'>): boolean {
  return isChosen(partner) || partner.follower === 'waiting'
}

/** Has an administrator here asked it or let it in? A node that only waits may be anybody: nobody is sent a mail for what it does. */
export function isChosen({ following, follower }: Pick<Partner, 'following' | 'follower'>): boolean {
  return following === 'requested' || following === 'accepted' || follower === 'accepted'
}

/** Is this the directory that we know, with the key that we pinned? */
export function isSameDirectory(
  known: Pick<PartnerCard, 'directoryId' | 'directoryKey' | 'host'>,
  card: PartnerCard,
): boolean {
  return known.directoryId === card.directoryId && known.directoryKey === card.directoryKey && known.host === card.host
}

/** The id of a Follow as it came, or undefined when it has none. */
export function followIdOf(follow: string | null): string | undefined {
  if (follow === null) return undefined
  const parsed: unknown = JSON.parse(follow) // our own row: written by JSON.stringify
  return typeof parsed === 'object' && parsed !== null && 'id' in parsed && typeof parsed.id === 'string'
    ? parsed.id
    : undefined
}

/** A Follow as it is kept for its answers: whole, or, when it is overlong, its four terms. Undefined when it is no Follow at all. */
export function followToKeep(text: string): string | undefined {
  const parsed: unknown = JSON.parse(text) // our own inbox wrote it: what was parsed once
  if (typeof parsed !== 'object' || parsed === null || !('id' in parsed) || typeof parsed.id !== 'string')
    return undefined
  if (text.length <= longestFollow) return text
  const { id } = parsed
  const term = (name: string): unknown =>
    Object.entries(parsed).find(([key, value]) => key === name && typeof value === 'string')?.[1]
  return JSON.stringify({ id, type: 'Follow', actor: term('actor'), object: term('object') })
}

/** The host and port meant by what somebody typed: a host, or any address on it. Undefined when it is none. */
export function hostOf(text: string): string | undefined {
  const trimmed = text.trim().toLowerCase()
  const url = URL.parse(/^https?:\/\//.test(trimmed) ? trimmed : `https://${trimmed}`)
  if (!url || url.hostname === '' || url.username !== '' || url.password !== '') return undefined
  return /^[a-z0-9.:[\]-]{1,253}$/.test(url.host) ? url.host : undefined
}
