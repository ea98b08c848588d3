import { day as dayLong, instantOf, later, rfc3339 } from '../common/clock.ts'
import { InvalidInput, type Problem } from '../common/errors.ts'
import { ownZone } from '../hours/meeting.ts'
import { typedDay } from '../listing/flag.ts'
import { keptDays, latestDays, mostTimes, type Slot } from './chat.ts'
import type { Clocks, HerTimes } from './clocks.ts'
import type { Chat } from './record.ts'
import { minutesOf, slotAt, timeProblems, timesFor, type Meeting } from './times.ts'

/** The names of the fields: times that were suggested, and one that was typed. */
export const field = { times: 'times', typed: 'typedDay', clock: 'typedTime' } as const

/** What a form about times sent, as it came. */
export type PickedTimes = {
  /** RFC 3339. */
  readonly times: readonly string[]
  readonly day: { readonly day: string; readonly month: string; readonly year: string }
  readonly clock: string
}

/** Two people who look for another time: as long as the chat was to be, and early enough for all of it to be forgotten in time. */
export function meetingOf(chat: Pick<Chat, 'exchange' | 'kind' | 'madeAt'>, clocks: HerTimes, now: Date): Meeting {
  const { plan } = chat.exchange
  const [slot] = [...(plan.slot ? [plan.slot] : []), ...plan.offered]
  return {
    own: ownOr(clocks, now),
    otherCountry: clocks.otherCountry ?? undefined,
    minutes: slot ? Math.round((slot.until.getTime() - slot.from.getTime()) / 60_000) : minutesOf(chat.kind),
    ...(clocks.taken === undefined ? {} : { taken: clocks.taken }),
    latest: later(chat.madeAt, latestDays * dayLong),
  }
}

/** Times to choose from, without those that are being talked about already. */
export function suggestedTimes(meeting: Meeting, known: readonly Slot[], now: Date): readonly Slot[] {
  const taken = new Set(known.map(({ from }) => from.getTime()))
  return timesFor(meeting, now).filter(({ from }) => !taken.has(from.getTime()))
}

/** The times that were chosen or typed, in order, at least one and at most `most`. InvalidInput says what is wrong with them. */
export function readTimes(
  picked: PickedTimes,
  meeting: Meeting,
  now: Date,
  most: number = mostTimes,
): readonly [Slot, ...Slot[]] {
  const problems: Problem[] = []
  const slots = new Map<number, Slot>()
  const add = (slot: Slot | undefined, where: string): void => {
    const problem = slot ? wrongWith(slot, meeting, now) : 'real'
    if (problem !== undefined) problems.push({ field: where, rule: problem, detail: { days: keptDays } })
    else if (slot) slots.set(slot.from.getTime(), slot)
  }
  for (const text of picked.times) add(slotFrom(text, meeting), field.times)
  const { day, clock } = picked
  if (clock !== '' || day.day !== '' || day.month !== '' || day.year !== '') {
    const typed = typedDay(field.typed, day)
    const time = clockTime(clock)
    if ('problem' in typed) problems.push(typed.problem)
    if (time === undefined) problems.push({ field: field.clock, rule: clock === '' ? 'required' : 'format' })
    else if ('day' in typed) add(slotAt(meeting.own, { day: typed.day, time }, meeting.minutes), field.typed)
  }
  const [first, ...others] = [...slots.values()].toSorted((one, other) => one.from.getTime() - other.from.getTime())
  if (first && others.length >= most)
    problems.push({ field: field.times, rule: most === 1 ? 'only' : 'maxItems', detail: { limit: most } })
  if (problems.length > 0) throw new InvalidInput(problems)
  if (!first) throw new InvalidInput([{ field: field.times, rule: 'minItems' }])
  return [first, ...others]
}

/** The time of that meeting's length that begins then (RFC 3339); undefined for what is no time. */
export function slotFrom(text: string, { minutes }: Pick<Meeting, 'minutes'>): Slot | undefined {
  const from = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? instantOf(text) : undefined
  return from && rfc3339(from) === text ? { from, until: later(from, minutes * 60_000) } : undefined
}

/** A time of day as people type it (14:05, 14.05, 9, 2pm, 2:05 pm) as HH:MM; undefined for what is none. */
export function clockTime(text: string): string | undefined {
  const [, hourText = '', minuteText = '00', half = ''] =
    /^(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?$/i.exec(text.trim()) ?? []
  if (hourText === '') return undefined
  const [hour, minute] = [Number(hourText), Number(minuteText)]
  if (minute > 59 || hour > (half === '' ? 23 : 12) || (half !== '' && hour === 0)) return undefined
  const noon = half === '' ? hour : (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0)
  return `${String(noon).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}

// Whoever suggests a time outside of working hours knows why; the other one sees that it is, and may offer another.
function wrongWith(slot: Slot, meeting: Meeting, now: Date): 'past' | 'late' | 'taken' | undefined {
  return (['past', 'late', 'taken'] as const).find((one) => timeProblems(slot, meeting, now).includes(one))
}

// A reader whose clock is not known reads and types by the node's.
function ownOr({ own, nodeZone }: Clocks, now: Date): Clocks['own'] {
  const soon = { from: now.getTime(), until: now.getTime() + keptDays * dayLong }
  return ownZone(own, soon) === undefined ? { ...own, timeZone: nodeZone } : own
}
