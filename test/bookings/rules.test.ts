import fc from 'fast-check'
import { answered, goneAt, placeFor, type AwayBooking } from '../../src/bookings/booking.ts'
import {
  bookable,
  dayAt,
  firstDayOf,
  ownClock,
  sittings,
  termsProblems,
  type HoursTerms,
  type OfficeHours,
  type OwnClock,
} from '../../src/bookings/office-hours.ts'
import { day, hour, later } from '../../src/common/clock.ts'
import { daysOff } from '../../src/hours/days-off.ts'
import { officeWeek } from '../../src/profile/working-week.ts'

// Office hours as rules: by the clock of whoever holds them, across its changes, without her holidays.

const now = new Date('2026-03-16T08:00:00Z') // a Monday, two weeks before the clocks change in London
const hours: OfficeHours = {
  id: 'h',
  accountId: 'a',
  personId: 'p',
  firstDay: '2026-03-17',
  untilDay: '2026-06-01',
  startsAt: '14:00',
  minutes: 30,
  every: 'week',
  zone: 'Europe/London',
  country: 'GB',
  region: null,
  capacity: 1,
  place: '',
  told: false,
  offDays: [],
  madeAt: now,
  endedAt: null,
}
const terms: HoursTerms = {
  weekDay: 'tuesday',
  startsAt: '14:00',
  minutes: 30,
  every: 'week',
  capacity: 1,
  untilDay: '2026-05-01',
  place: '',
  told: false,
}
const office: OwnClock = { zone: 'Europe/London', pattern: officeWeek }
const startsOf = (one: OfficeHours, at = now) => sittings(one, [], at).map(({ from }) => from.toISOString())

test('a time stays what the clock shows when the clock changes', () => {
  expect(startsOf(hours).slice(0, 4)).toEqual([
    '2026-03-17T14:00:00.000Z',
    '2026-03-24T14:00:00.000Z',
    '2026-03-31T13:00:00.000Z',
    '2026-04-07T13:00:00.000Z',
  ])
  const inSydney = { ...hours, zone: 'Australia/Sydney', firstDay: '2026-04-02', startsAt: '09:00' }
  expect(startsOf(inSydney).slice(0, 2)).toEqual(['2026-04-01T22:00:00.000Z', '2026-04-08T23:00:00.000Z'])
})

test('every second week, and once a month on the same weekday of it, the last one where there is no fifth', () => {
  expect(startsOf({ ...hours, every: 'fortnight' }).map((start) => start.slice(5, 10))).toEqual([
    '03-17',
    '03-31',
    '04-14',
    '04-28',
    '05-12',
    '05-26',
  ])
  const monthly = { ...hours, every: 'month' as const }
  expect(startsOf(monthly).map((start) => start.slice(5, 10))).toEqual(['03-17', '04-21', '05-19'])
  const fifth = { ...monthly, firstDay: '2026-03-31', untilDay: '2026-06-30' }
  expect(startsOf(fifth).map((start) => start.slice(5, 10))).toEqual(['03-31', '04-28', '05-26', '06-30'])
})

test('holidays of her place and days that she called off are left out; an end is an end', () => {
  const mondays = { ...hours, firstDay: '2026-03-23', region: 'GB-WLS', offDays: ['2026-04-13'] }
  const holidays = daysOff('GB', { from: Date.parse('2026-03-01'), until: Date.parse('2026-07-01') }, 'GB-WLS') ?? []
  const days = sittings(mondays, holidays, now).map((sitting) => sitting.day)
  expect(days).not.toContain('2026-04-06') // Easter Monday
  expect(days).not.toContain('2026-05-04') // early May
  expect(days).not.toContain('2026-04-13')
  expect(days).toContain('2026-04-20')
  expect(sittings({ ...hours, endedAt: now }, [], now)).toEqual([])
  // A half day off leaves what ends before it.
  const half = [{ day: '2026-03-24', from: '14:30', name: 'Half' }]
  expect(sittings(hours, half, now).map((sitting) => sitting.day)).toContain('2026-03-24')
  expect(sittings({ ...hours, minutes: 45 }, half, now).map((sitting) => sitting.day)).not.toContain('2026-03-24')
})

test('only what begins within four weeks can be booked, so that everything is gone in thirty days', () => {
  const open = bookable(sittings(hours, [], now), now)
  expect(open.map((sitting) => sitting.day)).toEqual(['2026-03-17', '2026-03-24', '2026-03-31', '2026-04-07'])
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 * 24 }), (hoursOn) => {
      const at = later(now, hoursOn * hour)
      for (const { until } of bookable(sittings(hours, [], at), at)) {
        expect(goneAt(until, at).getTime()).toBe(later(until, day).getTime())
        expect(goneAt(until, at) <= later(at, 30 * day)).toBe(true)
      }
    }),
  )
})

test('terms must lie within her own working hours, and end within ninety days', () => {
  const problems = (change: Partial<HoursTerms>, own = office) =>
    termsProblems({ ...terms, ...change }, own, now).map(({ field, rule }) => `${field} ${rule}`)
  expect(problems({})).toEqual([])
  expect(problems({ startsAt: '16:45' })).toEqual(['startsAt workingHours'])
  expect(problems({ startsAt: '16:30' })).toEqual([])
  expect(problems({ weekDay: 'sunday' })).toEqual(['startsAt workingHours'])
  expect(problems({ startsAt: '25:00' })).toEqual(['startsAt format'])
  expect(problems({ untilDay: '2026-03-16' })).toEqual(['untilDay past'])
  expect(problems({ untilDay: '2026-06-15' })).toEqual(['untilDay late'])
  expect(problems({ untilDay: '2026-06-14' })).toEqual([])
  expect(problems({ weekDay: '', startsAt: '', minutes: 7, every: 'day', capacity: 9, untilDay: '' })).toEqual([
    'weekDay required',
    'startsAt required',
    'sittingLength required',
    'every required',
    'people required',
    'untilDay required',
  ])
  expect(problems({}, { zone: undefined, pattern: officeWeek })).toEqual(['startsAt clock'])
})

test('her clock is hers, or that of her country where it has one, with its changes', () => {
  expect(ownClock({ timeZone: 'Asia/Kathmandu' }, now).zone).toBe('Asia/Kathmandu')
  expect(ownClock({ country: 'GB' }, now).zone).toBe('Europe/London')
  expect(ownClock({ country: 'US' }, now).zone).toBeUndefined()
  expect(ownClock({}, now).zone).toBeUndefined()
})

test('the first day is the next one of that weekday, today while its time is still to come', () => {
  expect(firstDayOf(terms, 'Europe/London', now)).toBe('2026-03-17')
  expect(firstDayOf({ weekDay: 'monday', startsAt: '09:00' }, 'Europe/London', now)).toBe('2026-03-16')
  expect(firstDayOf({ weekDay: 'monday', startsAt: '07:00' }, 'Europe/London', now)).toBe('2026-03-23')
  expect(dayAt(new Date('2026-03-16T22:00:00Z'), 'Pacific/Auckland')).toBe('2026-03-17')
})

test('places first, then one who waits, then nobody', () => {
  expect(placeFor(2, { booked: 1, waiting: 0 })).toBe('booked')
  expect(placeFor(2, { booked: 2, waiting: 0 })).toBe('waiting')
  expect(placeFor(2, { booked: 2, waiting: 1 })).toBe('refused')
})

test('answers that come late, twice or crossed leave what the newest says', () => {
  type Answer = Parameters<typeof answered>[1]
  const asked: Pick<AwayBooking, 'state' | 'sequence'> = { state: 'asked', sequence: 0 }
  const read = (all: readonly Answer[]) =>
    all.reduce<typeof asked>((booking, answer) => {
      const state = answered(booking, answer)
      return state === undefined ? booking : { state, sequence: answer.sequence }
    }, asked)
  const waits: Answer = { state: 'waiting', sequence: 1 }
  const comes: Answer = { state: 'booked', sequence: 2 }
  const off: Answer = { state: 'refused', sequence: 3 }
  expect(read([waits, comes]).state).toBe('booked')
  expect(read([comes, waits, comes]).state).toBe('booked')
  expect(read([waits, comes, off]).state).toBe('called-off')
  expect(read([{ state: 'refused', sequence: 1 }]).state).toBe('refused')
  expect(answered({ state: 'left', sequence: 0 }, comes)).toBeUndefined()
  fc.assert(
    fc.property(fc.shuffledSubarray([waits, comes, waits, comes], { minLength: 4 }), (order) => {
      expect(read(order)).toEqual({ state: 'booked', sequence: 2 })
    }),
  )
})
