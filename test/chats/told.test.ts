import fc from 'fast-check'
import {
  done,
  nextPlan,
  received,
  requestedExchange,
  stateOf,
  type Exchange,
  type Message,
  type Side,
  type Slot,
} from '../../src/chats/chat.ts'
import { calendarChange, mailOf, type Told } from '../../src/chats/told.ts'
import { later } from '../../src/common/clock.ts'
import type { ChatNews } from '../../src/jobs/queue.ts'

// What mails tell a calendar, whatever the order in which things happen and whichever mail is sent late or twice.

const now = new Date('2026-11-22T09:00:00Z')
const slots: readonly Slot[] = [3, 4, 5, 6].map((days) => {
  const from = later(now, days * 86_400_000)
  return { from, until: later(from, 1_800_000) }
})
const slotAt = (index: number): Slot => slots[index % slots.length] ?? { from: now, until: now }
const begin = requestedExchange(slots.slice(0, 3), later(now, 14 * 86_400_000))
const word = { edition: 1, place: null, access: null }
const standing = (exchange: Exchange, side: Side) => ({ side, exchange, state: stateOf(exchange, now) })

test('nothing is done to a calendar that holds what stands, nor about what was never in it', () => {
  const yes: Message = { type: 'accept', plan: nextPlan(begin.plan, 'asked', slotAt(0)), word }
  const arranged = done(begin, 'asked', yes)
  const put = calendarChange(standing(arranged, 'asked'), undefined)
  expect(put).toMatchObject({ method: 'REQUEST', slot: slotAt(0) })
  expect(calendarChange(standing(arranged, 'asked'), put)).toBeUndefined()
  for (const end of [{ type: 'decline' }, { type: 'undo', version: 0 }] as const)
    expect(
      calendarChange(standing(done(begin, end.type === 'undo' ? 'asker' : 'asked', end), 'asker'), undefined),
    ).toBeUndefined()
  expect(calendarChange({ ...standing(arranged, 'asked'), state: 'ended' }, put)).toBeUndefined()
})

test('of two plans of one version that crossed, a calendar that holds the one that fell gets the one that stands', () => {
  const yes: Message = { type: 'accept', plan: nextPlan(begin.plan, 'asked', slotAt(0)), word }
  const arranged = done(begin, 'asked', yes)
  const hers = done(arranged, 'asker', { type: 'change', plan: nextPlan(arranged.plan, 'asker', slotAt(1)), word })
  const told = calendarChange(standing(hers, 'asker'), undefined)
  expect(told?.slot).toEqual(slotAt(1))
  const theirs: Message = { type: 'change', plan: nextPlan(arranged.plan, 'asked', slotAt(2)), word }
  const { exchange } = received(hers, 'asked', theirs, now)
  const moved = calendarChange(standing(exchange, 'asker'), told)
  expect(moved).toMatchObject({ method: 'REQUEST', slot: slotAt(2) })
  expect(moved?.sequence).toBeGreaterThan(told?.sequence ?? Infinity)
  expect(mailOf(standing(exchange, 'asker'), 'changed', told)).toBe('moved')
})

test('a time that gives way to other times is taken out of her calendar', () => {
  const yes: Message = { type: 'accept', plan: nextPlan(begin.plan, 'asked', [slotAt(0), slotAt(1)]), word }
  const open = done(begin, 'asked', yes)
  const chosen = done(open, 'asker', { type: 'change', plan: nextPlan(open.plan, 'asker', slotAt(0)), word })
  const told = calendarChange(standing(chosen, 'asker'), undefined)
  const others: Message = { type: 'change', plan: nextPlan(open.plan, 'asked', [slotAt(2)]), word }
  const { exchange } = received(chosen, 'asked', others, now)
  expect(stateOf(exchange, now)).toBe('accepted')
  expect(calendarChange(standing(exchange, 'asker'), told)).toMatchObject({ method: 'CANCEL', slot: slotAt(0) })
  expect(mailOf(standing(exchange, 'asker'), 'changed', told)).toBe('otherTimes')
})

type Step = {
  readonly by: Side
  readonly what: 'yes' | 'move' | 'times' | 'off'
  readonly slot: number
  readonly isMailed: boolean
}

function messageOf({ by, what, slot }: Step, { plan }: Exchange): Message {
  if (what === 'yes') return { type: 'accept', plan: nextPlan(plan, by, slotAt(slot)), word }
  if (what === 'off') return { type: 'undo', version: plan.version }
  return { type: 'change', plan: nextPlan(plan, by, what === 'move' ? slotAt(slot) : [slotAt(slot)]), word }
}

/** A calendar that follows RFC 5546: it takes what has a higher number than what it has, and forgets nothing. */
function taken(calendar: (Told & { readonly isIn: boolean }) | undefined, change: ReturnType<typeof calendarChange>) {
  if (!change || (calendar && calendar.sequence >= change.sequence)) return calendar
  return { sequence: change.sequence, slot: change.slot, isIn: change.method === 'REQUEST' }
}

test('once the last mail has gone, her calendar holds the time that stands and no other, whichever mails were left out', () => {
  const step = fc.record({
    by: fc.constantFrom<Side>('asker', 'asked'),
    what: fc.constantFrom<Step['what']>('yes', 'move', 'times', 'move', 'off'),
    slot: fc.nat(3),
    isMailed: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), fc.constantFrom<Side>('asker', 'asked'), (steps, side) => {
      let exchange = done(begin, 'asked', messageOf({ by: 'asked', what: 'yes', slot: 0, isMailed: true }, begin))
      let told: Told | undefined
      let calendar: (Told & { readonly isIn: boolean }) | undefined
      const mail = (): void => {
        const change = calendarChange(standing(exchange, side), told)
        calendar = taken(calendar, change)
        if (change) told = change.method === 'REQUEST' ? change : undefined
      }
      mail()
      for (const one of steps) {
        exchange = received(exchange, one.by, messageOf(one, exchange), now).exchange
        if (one.isMailed) mail()
      }
      mail()
      const { slot } = exchange.plan
      if (stateOf(exchange, now) === 'arranged') expect(calendar).toMatchObject({ isIn: true, slot })
      else expect(calendar?.isIn ?? false).toBe(false)
    }),
    { numRuns: 2000 },
  )
})

test('her own times are not told to her as theirs', () => {
  const yes: Message = { type: 'accept', plan: nextPlan(begin.plan, 'asked', []), word }
  const open = done(begin, 'asked', yes)
  expect(mailOf(standing(open, 'asker'), 'accepted', undefined)).toBe('accepted.noTimes')
  const hers = done(open, 'asker', { type: 'change', plan: nextPlan(open.plan, 'asker', [slotAt(0)]), word })
  for (const news of ['accepted', 'changed'] as const)
    expect(mailOf(standing(hers, 'asker'), news, undefined)).toBeUndefined()
  expect(mailOf(standing(hers, 'asked'), 'changed', undefined)).toBe('otherTimes')
})

test('news that became old is told by no mail', () => {
  const asked = standing(begin, 'asked')
  const over = standing(done(begin, 'asked', { type: 'decline' }), 'asked')
  const all: readonly ChatNews[] = ['asked', 'accepted', 'arranged', 'changed', 'called-off', 'withdrawn', 'lapsed']
  expect(all.filter((news) => mailOf(asked, news, undefined) !== undefined)).toEqual(['asked'])
  expect(all.filter((news) => mailOf(over, news, undefined) !== undefined)).toEqual(['called-off'])
  expect(mailOf(over, 'declined', undefined)).toBe('declined')
})

test('a request that ends by itself, or is taken back, is told to each side in its own words', () => {
  const back = done(begin, 'asker', { type: 'undo', version: 0 })
  const late = { ...begin, lapsesAt: now }
  for (const side of ['asker', 'asked'] as const) {
    expect(mailOf(standing(back, side), 'withdrawn', undefined)).toBe(`withdrawn.${side}`)
    expect(mailOf(standing(late, side), 'lapsed', undefined)).toBe(`lapsed.${side}`)
  }
  expect(mailOf(standing(begin, 'asked'), 'crossed', undefined)).toBe('crossed')
  expect(mailOf(standing(late, 'asked'), 'crossed', undefined)).toBeUndefined()
})
