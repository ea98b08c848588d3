import { hour, later } from '../common/clock.ts'
import { fingerprint } from '../common/multibase.ts'
import type { Translate } from '../common/words.ts'
import { hostOf, type Partner, type Reading, type Trouble } from './partner.ts'

/** A partner with what we hold of it; `reading` is null where we do not read it. */
export type PartnerOverview = Partner & {
  readonly reading: HeldReading | null
  /** Listings held and shown while their lease runs. */
  readonly copies: number
  /** Listings refused: only their id and hash are kept. */
  readonly refused: number
}

/** A reading with how much is there of the origin: whole copies, all rows, and the rows of a snapshot that is being read. */
export type HeldReading = Reading & {
  readonly id: number
  readonly copies: number
  readonly rowsHeld: number
  readonly rowsStaged: number
}

/** What the words about a partner depend on beside the partner itself. */
export type Around = {
  readonly t: Translate
  readonly now: Date
  /** How far our own set is: a follower that holds this has confirmed our newest. */
  readonly own: { readonly epoch: string; readonly seq: number }
  /** When it is asked next, if a question is queued. */
  readonly nextPoll: Date | undefined
}

/** What is wrong, and what to do about it. */
export type InWords = { readonly title: string; readonly advice: string }

/** A partner in words: both directions by themselves, how fresh our copies are, what is wrong and what to do about it. */
export function factsOf(partner: PartnerOverview, around: Around) {
  const { t } = around
  return {
    id: partner.id,
    host: partner.host,
    organisation: partner.organisation,
    country: partner.country,
    fingerprint: fingerprint(partner.directoryKey),
    following: t(`partners:following.${partner.following}`),
    follower: t(`partners:follower.${partner.follower}`),
    isWaiting: partner.follower === 'waiting',
    isFollowed: partner.following === 'requested' || partner.following === 'accepted',
    isRead: partner.following === 'accepted',
    isFollower: partner.follower === 'waiting' || partner.follower === 'accepted',
    offersWayBack:
      partner.follower === 'accepted' && partner.following !== 'requested' && partner.following !== 'accepted',
    theirSide: theirSide(partner, around),
    movedTo: partner.movedTo,
    movedHost: partner.movedTo === null ? undefined : hostOf(partner.movedTo),
    movedAt: partner.movedAt,
    offersKey: partner.offeredKey !== null,
    ...ourReading(partner, around),
  }
}

// What they hold of us, by their own word.
function theirSide(partner: PartnerOverview, { t, own }: Around) {
  const { follower, theirHave, theirEpoch, theirPoll } = partner
  if (follower !== 'accepted' && follower !== 'ended') return undefined
  const confirmed =
    follower === 'ended'
      ? t(`partners:erasedStates.${theirHave === 0 ? 'yes' : 'not-yet'}`)
      : t(
          `partners:confirmed.${theirPoll === null ? 'never' : theirEpoch === own.epoch && (theirHave ?? -1) >= own.seq ? 'yes' : 'not-yet'}`,
        )
  return { confirmed, lastAsked: theirPoll }
}

// How our own copies of them are.
function ourReading(partner: PartnerOverview, { t, now, nextPoll }: Around) {
  const { reading, copies, refused } = partner
  if (partner.following !== 'accepted' || reading === null) return {}
  const isShown = reading.validUntil > now && !reading.hidden
  const isStale = reading.lastContact === null || later(reading.lastContact, 24 * hour) <= now
  return {
    lastContact: reading.lastContact,
    nextPoll,
    leaseUntil: isShown ? reading.validUntil : undefined,
    isStale,
    listings: copies >= 10 ? t('partners:listings', { count: copies }) : t('partners:fewerThanTen'),
    refused: refused > 0 ? t('partners:refused', { count: refused }) : undefined,
    snapshot: reading.snapshotOpen
      ? t(`partners:snapshot.${isShown ? 'beside' : 'first'}`, { count: reading.rowsStaged })
      : undefined,
    hiddenSince: reading.hidden ? reading.hiddenSince : undefined,
    trouble: reading.trouble === null ? undefined : troubleInWords(reading.trouble, t),
  }
}

function troubleInWords(trouble: Trouble, t: Translate): InWords {
  return { title: t(`partners:trouble.${trouble}.title`), advice: t(`partners:trouble.${trouble}.advice`) }
}
