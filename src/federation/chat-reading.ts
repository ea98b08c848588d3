import { keptDays, longestMinutes, shortestMinutes } from '../chats/chat.ts'
import type { Message, Plan, Side, Slot, Word } from '../chats/chat.ts'
import { addresses } from '../common/addresses.ts'
import { day, instantOf, later, minute } from '../common/clock.ts'
import { isObject } from '../common/objects.ts'
import { parse } from '../common/parse.ts'
import type { ChatAgreement, ChatOffer } from '../common/schema-types.ts'
import { slugOfIri } from '../common/vocabularies.ts'
import { idOf, isOwnOf, type Received } from './received.ts'

/** A request as another server sent it: its form was checked, and that its sender may speak for what it names. */
export type OfferRead = {
  readonly offer: string
  readonly actor: string
  /** Who is asked, here. */
  readonly personId: string
  /** The flag that it answers, a Proposal of hers; null where an introduction lets it in. */
  readonly flag: string | null
  readonly context: string
  /** A slug, which may be of a kind that nobody here knows. */
  readonly kind: string
  readonly lines: { readonly why: string; readonly hope: string; readonly bring: string }
  readonly times: readonly Slot[]
  readonly introducedBy: string | null
  /** The actors of others who are asked to the same chat. */
  readonly invited: readonly string[]
  readonly madeAt: Date
  readonly lapsesAt: Date
}

/** What one side tells the other of a chat: `about` is the id of the Offer, or of the Agreement that answered it. */
export type MessageRead = {
  readonly about: string
  readonly message: Message
  /** The Agreement that an Accept brings. */
  readonly agreement?: string
}

/** What the id of an Accept adds to that of its Agreement. */
export const acceptSuffix = '#accept'

/** Clocks differ: a request may have been made so much later than now, in milliseconds. */
const clocksDiffer = 60 * minute

/**
 * A request for a chat (FEDERATION.md, Chats), or undefined where it is none that can be answered here: of another kind of Offer, to
 * nobody here, about somebody else's flag, too old, or with times that nobody can meet. Throws InvalidInput for what has another form.
 */
export function offerIn(received: Received, origin: string): OfferRead | undefined {
  if (received.raw['target'] !== undefined) return undefined
  const offer = parse('chat-offer', received.raw)
  const { actor } = received
  const person = offer.to[0] ?? ''
  const personId = partAfter(person, addresses(origin).person(''))
  const { satisfies } = offer.object.stipulates
  const kind = slugOfIri('conversation-kinds', offer.kind)
  if (personId === undefined || kind === undefined || !/^[a-z-]{1,64}$/.test(kind)) return undefined
  if (offer.actor !== actor || offer.object.attributedTo !== actor || !isOwnOf(actor, offer.context)) return undefined
  const flag = satisfies === undefined ? null : /^(.*\/chat\/\d{1,9})#primary$/.exec(satisfies)?.[1]
  if (flag === undefined || (flag !== null && !flag.startsWith(`${person}/chat/`))) return undefined
  const times = slotsIn(offer.proposedTimes ?? [])
  const dates = datesOf(offer, received.at)
  if (!times || !dates) return undefined
  const { why = '', hope = '', bring = '', introducedBy = null, invited = [] } = offer
  const lines = { why: why.trim(), hope: hope.trim(), bring: bring.trim() }
  return {
    offer: received.id,
    actor,
    personId,
    flag,
    context: offer.context,
    kind,
    lines,
    times,
    introducedBy,
    invited,
    ...dates,
  }
}

/** What an Accept, Reject, Undo or Update says of a chat; undefined where it is about something else. Throws InvalidInput. */
export function messageIn(received: Received): MessageRead | undefined {
  switch (received.type) {
    case 'Accept':
      return acceptIn(received)
    case 'Reject':
      return rejectIn(received)
    case 'Undo':
      return undoIn(received)
    case 'Update':
      return changeIn(received)
    default:
      return undefined
  }
}

function acceptIn({ actor, objectId, raw }: Received): MessageRead | undefined {
  const { result } = raw
  if (objectId === undefined || !isObject(result) || result['type'] !== 'Agreement') return undefined
  const agreement = parse('chat-agreement', result)
  if (!isSpokenBy(actor, agreement)) return undefined
  const said = saidIn(agreement, 'asked')
  if (!said) return undefined
  const message: Message = { type: 'accept', ...said }
  return { about: objectId, message, agreement: agreement.id }
}

// Of an Offer it is a no; of an Accept it says that it came too late.
function rejectIn({ object, objectId }: Received): MessageRead | undefined {
  if (objectId === undefined || !isOfChat(object)) return undefined
  return objectId.endsWith(acceptSuffix)
    ? { about: objectId.slice(0, -acceptSuffix.length), message: { type: 'too-late' } }
    : { about: objectId, message: { type: 'decline' } }
}

function undoIn({ actor, object, objectId, raw }: Received): MessageRead | undefined {
  if (objectId === undefined || !isOwnOf(actor, objectId)) return undefined
  if (!isOfChat(object)) return undefined
  const { sequence } = raw
  const version = Number.isSafeInteger(sequence) ? Math.max(0, Number(sequence)) : 0
  const accepted = isObject(object) && object['type'] === 'Accept' ? idOf(object['object']) : undefined
  const about = accepted ?? (objectId.endsWith(acceptSuffix) ? objectId.slice(0, -acceptSuffix.length) : objectId)
  return { about, message: { type: 'undo', version } }
}

function changeIn({ actor, object, objectId }: Received): MessageRead | undefined {
  if (!isObject(object) || (object['type'] !== 'Offer' && object['type'] !== 'Agreement')) return undefined
  if ('sharesWorth' in object) return undefined // what a chat was worth is another matter
  const terms = parse('chat-agreement', object)
  if (!isSpokenBy(actor, terms)) return undefined
  const said = saidIn(terms, terms.type === 'Offer' ? 'asker' : 'asked')
  if (!said || objectId === undefined) return undefined
  return { about: objectId, message: { type: 'change', ...said } }
}

// By its id alone it may be.
function isOfChat(object: Received['object']): boolean {
  return !isObject(object) || object['type'] === 'Offer' || object['type'] === 'Accept'
}

function isSpokenBy(actor: string, { id, attributedTo, actor: named }: ChatAgreement): boolean {
  return isOwnOf(actor, id) && (attributedTo ?? named) === actor
}

function saidIn(terms: ChatAgreement, by: Side): { readonly plan?: Plan; readonly word: Word } | undefined {
  const { sequence, startTime, endTime, proposedTimes = [], location, accessNeeds, edition } = terms
  const word = { edition, place: textOf(location?.name), access: textOf(accessNeeds) }
  if (sequence === undefined) return { word }
  const named = startTime === undefined || endTime === undefined ? [] : [{ startTime, endTime }]
  const slots = slotsIn(named)
  const offered = slotsIn(named.length === 0 ? proposedTimes : [])
  return slots && offered && { plan: { version: sequence, by, slot: slots[0] ?? null, offered }, word }
}

type Times = readonly { readonly startTime: string; readonly endTime: string }[]

/** Undefined where one of them is no time for a chat. */
function slotsIn(times: Times): readonly Slot[] | undefined {
  const slots = times.flatMap(({ startTime, endTime }) => {
    const from = instantOf(startTime)
    const until = instantOf(endTime)
    if (!from || !until) return []
    const minutes = (until.getTime() - from.getTime()) / minute
    return minutes >= shortestMinutes && minutes <= longestMinutes ? [{ from, until }] : []
  })
  return slots.length === times.length ? slots : undefined
}

function datesOf({ published, endTime }: ChatOffer, cameAt: Date): Pick<OfferRead, 'madeAt' | 'lapsesAt'> | undefined {
  const said = instantOf(published)
  const lapsesAt = instantOf(endTime)
  if (!said || !lapsesAt || said > later(cameAt, clocksDiffer) || said < later(cameAt, -keptDays * day))
    return undefined
  const madeAt = said > cameAt ? cameAt : said
  return lapsesAt > madeAt && lapsesAt <= later(said, keptDays * day) ? { madeAt, lapsesAt } : undefined
}

function textOf(text: string | undefined): string | null {
  const said = text?.trim() ?? ''
  return said === '' ? null : said
}

function partAfter(id: string, prefix: string): string | undefined {
  const rest = id.startsWith(prefix) ? id.slice(prefix.length) : ''
  return /^[0-9a-z]{4,40}$/.test(rest) ? rest : undefined
}
