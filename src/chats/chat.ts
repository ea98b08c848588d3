/**
 * A peer chat between two people, from the request to the half hour, as a table of states (FEDERATION.md, Chats). Each side keeps its
 * own record, on its own node or both on one; nothing is asked twice, and messages may come late, twice, crossed or never.
 */

/** Which of the two she is. */
export type Side = 'asker' | 'asked'

/** What is kept of where a chat stands. What time alone makes of it is not kept: `stateOf` tells. */
export type Standing = 'requested' | 'accepted' | 'arranged' | 'declined' | 'withdrawn' | 'lapsed' | 'called-off'

/** Where a chat stands at a moment. */
export type ChatState = Standing | 'ended'

/** Some time that two people could meet, or will. */
export type Slot = { readonly from: Date; readonly until: Date }

/** When they meet, or the times to choose from while `slot` is null. The higher version counts; of two the one of who was asked. */
export type Plan = {
  readonly version: number
  readonly by: Side
  readonly slot: Slot | null
  /** At most three. */
  readonly offered: readonly Slot[]
}

/** What one side says for the other one alone: where she can be met, and what she needs for it. The higher edition counts. */
export type Word = { readonly edition: number; readonly place: string | null; readonly access: string | null }

/** What both sides must come to agree on. */
export type Exchange = {
  readonly standing: Standing
  readonly plan: Plan
  readonly words: Readonly<Record<Side, Word>>
  /** Until when it can be answered; counted at the asker's place, and binding both. */
  readonly lapsesAt: Date
}

/** What one side does, or tells the other. */
export type Message =
  /** Without a plan where the asker has already made a newer one: then she heard of the yes before, and this is the second time. */
  | { readonly type: 'accept'; readonly plan?: Plan; readonly word: Word }
  | { readonly type: 'decline' }
  /** Another time, place or need. Without a plan where its sender made none, or the other's newer one stands. */
  | { readonly type: 'change'; readonly plan?: Plan; readonly word: Word }
  /** Takes the request, or the yes, back. `version`: of the newest plan that its sender knew; 0 is that of the request. */
  | { readonly type: 'undo'; readonly version: number }
  /** The asker's answer to a yes that came after the end, or after the request was withdrawn. */
  | { readonly type: 'too-late' }

/** What comes of a message: where the exchange stands then, and what must be told to its sender. */
export type Outcome = { readonly exchange: Exchange; readonly answer?: Extract<Message, { type: 'too-late' }> }

/** At most so many times are offered, and so long are the parts of a request, in characters. */
export const mostTimes = 3
export const longestLine = 300
export const longestPlace = 200
export const longestAccess = 300

/** A chat takes so many minutes unless its kind says otherwise; at least and at most so many on the wire. */
export const usualMinutes = 30
export const [shortestMinutes, longestMinutes] = [15, 240] as const

/** Everything about a chat is gone so many days after it was asked for, and it must begin this many days after that at the latest. */
export const keptDays = 30
export const latestDays = 24

/** For so many working days at the asker's place a request can be answered. */
export const answerDays = 10

/** At most so many new requests of one person in 24 hours; and how long who was told no does not ask that person again, in days. */
export const mostADay = 5
export const pauseDays = 14

/** At most this often one side changes time, place or needs. */
export const mostChanges = 50

/** A request as it begins: `offered` are up to three times, none where she leaves it to the other. */
export function requestedExchange(offered: readonly Slot[], lapsesAt: Date): Exchange {
  const silent: Word = { edition: 0, place: null, access: null }
  return {
    standing: 'requested',
    plan: { version: 0, by: 'asker', slot: null, offered },
    words: { asker: silent, asked: silent },
    lapsesAt,
  }
}

/** Where it stands now: what nobody answered has lapsed, and what was arranged ends when its time is over. */
export function stateOf({ standing, plan, lapsesAt }: Omit<Exchange, 'words'>, now: Date): ChatState {
  if (standing === 'requested' && lapsesAt <= now) return 'lapsed'
  if (standing === 'arranged' && plan.slot && plan.slot.until <= now) return 'ended'
  return standing
}

/** Whether it keeps two people from asking each other again: it waits for an answer, for a time, or for its time. */
export function isOpen(exchange: Omit<Exchange, 'words'>, now: Date): boolean {
  const state = stateOf(exchange, now)
  return state === 'requested' || state === 'accepted' || state === 'arranged'
}

/** What each side may do now. */
export type Deed = 'accept' | 'decline' | 'withdraw' | 'choose' | 'offer-times' | 'move' | 'say-place' | 'call-off'

/** What a side may do now; nothing else is offered or done. */
export function deedsOf(exchange: Omit<Exchange, 'words'>, side: Side, now: Date): readonly Deed[] {
  const state = stateOf(exchange, now)
  if (state === 'requested') return side === 'asked' ? ['accept', 'decline'] : ['withdraw']
  if (state === 'accepted') {
    const mayChoose = exchange.plan.by !== side && exchange.plan.offered.length > 0
    return [...(mayChoose ? (['choose'] as const) : []), 'offer-times', 'say-place', 'call-off']
  }
  return state === 'arranged' ? ['move', 'say-place', 'call-off'] : []
}

/** The plan after this one, as one side makes it: a time, or times to choose from. */
export function nextPlan({ version }: Plan, by: Side, what: Slot | readonly Slot[]): Plan {
  const made = { version: version + 1, by }
  return 'from' in what ? { ...made, slot: what, offered: [] } : { ...made, slot: null, offered: what }
}

/**
 * What a side's own message makes of its own record: the same as `received` makes of it at the other end. Whether she may was asked
 * before (`deedsOf`).
 */
export function done(exchange: Exchange, by: Side, message: Message): Exchange {
  switch (message.type) {
    case 'accept':
    case 'change':
      return agreed(said(exchange, by, message.word), message.plan ?? exchange.plan)
    case 'decline':
      return { ...exchange, standing: 'declined' }
    case 'undo':
      return { ...exchange, standing: by === 'asker' && message.version === 0 ? 'withdrawn' : 'called-off' }
    case 'too-late':
      return exchange
  }
}

/**
 * What a message of the other side makes of our record, whatever stands there already: the same twice changes nothing, and two sides
 * that have read all of each other's messages, in whatever order, stand at the same.
 */
export function received(exchange: Exchange, from: Side, message: Message, now: Date): Outcome {
  const { standing } = exchange
  switch (message.type) {
    case 'accept':
    case 'change': {
      if (from === 'asker' && standing === 'requested') return { exchange } // nothing can be changed before a yes
      if (standing === 'withdrawn' || stateOf(exchange, now) === 'lapsed')
        return from === 'asked'
          ? { exchange: closedBy(exchange, standing), answer: { type: 'too-late' } }
          : { exchange }
      if (standing === 'declined' || standing === 'called-off') return { exchange }
      const heard = said(exchange, from, message.word)
      return { exchange: message.plan && isNewer(message.plan, exchange.plan) ? agreed(heard, message.plan) : heard }
    }
    case 'decline':
      if (from === 'asker' || standing === 'withdrawn' || standing === 'called-off') return { exchange }
      // Who said yes before calls off instead of saying no.
      return { exchange: { ...exchange, standing: isAgreed(standing) ? 'called-off' : 'declined' } }
    case 'undo':
      if (from === 'asker' && message.version === 0) return { exchange: { ...exchange, standing: 'withdrawn' } }
      if (standing === 'requested' && stateOf(exchange, now) === 'lapsed')
        return { exchange: closedBy(exchange, standing) }
      return {
        exchange: isAgreed(standing) || standing === 'requested' ? { ...exchange, standing: 'called-off' } : exchange,
      }
    case 'too-late':
      return {
        exchange:
          from === 'asker' && (isAgreed(standing) || standing === 'called-off' || standing === 'requested')
            ? { ...exchange, standing: 'lapsed' }
            : exchange,
      }
  }
}

/**
 * What one side tells of its record as it stands now, which may be later than the deed that is told. The plan travels only from whoever
 * made it.
 */
export function messageNow({ plan, words }: Exchange, by: Side, type: Message['type']): Message {
  switch (type) {
    case 'accept':
    case 'change':
      return { type, ...(plan.by === by && plan.version > 0 ? { plan } : {}), word: words[by] }
    case 'undo':
      return { type, version: plan.version }
    case 'decline':
    case 'too-late':
      return { type }
  }
}

/** Which of two requests that crossed between the same two people counts: on both nodes the same. The other one is withdrawn. */
export function countsBefore(offer: string, other: string): boolean {
  return offer < other
}

function isAgreed(standing: Standing): boolean {
  return standing === 'accepted' || standing === 'arranged'
}

// A yes after the end: what lapsed by time has lapsed for good, whatever a clock says later.
function closedBy(exchange: Exchange, standing: Standing): Exchange {
  return { ...exchange, standing: standing === 'withdrawn' ? 'withdrawn' : 'lapsed' }
}

function said(exchange: Exchange, by: Side, word: Word): Exchange {
  if (word.edition <= exchange.words[by].edition) return exchange
  return { ...exchange, words: { ...exchange.words, [by]: word } }
}

function agreed(exchange: Exchange, plan: Plan): Exchange {
  return { ...exchange, plan, standing: plan.slot === null ? 'accepted' : 'arranged' }
}

function isNewer(plan: Plan, known: Plan): boolean {
  if (plan.version !== known.version) return plan.version > known.version
  return plan.by === 'asked' && known.by === 'asker'
}
