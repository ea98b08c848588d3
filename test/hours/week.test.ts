import fc from 'fast-check'
import { holidaysIn } from '../../src/common/holidays.ts'
import { hoursOf, type Span } from '../../src/hours/span.ts'
import { weekIn } from '../../src/hours/week.ts'
import { weekDays, type WorkingPattern } from '../../src/profile/working-week.ts'

const hourLong = 3_600_000
const at = (text: string): number => Date.parse(text)
const between = (from: string, until: string): Span => ({ from: at(from), until: at(until) })
const each = (from: string, to: string): WorkingPattern =>
  Object.fromEntries(weekDays.map((day) => [day, [{ from, to }]]))
const told = (spans: readonly Span[]): readonly string[] =>
  spans.map(({ from, until }) => [from, until].map((moment) => new Date(moment).toISOString().slice(5, 16)).join(' '))

// Nine to five on the day before the clocks change and on the day after, in UTC, as the laws of each place have it.
const changes = [
  ['Europe/London', 'spring', '2026-03-28T09:00', '2026-03-29T08:00'],
  ['Europe/London', 'autumn', '2026-10-24T08:00', '2026-10-25T09:00'],
  ['America/New_York', 'spring', '2026-03-07T14:00', '2026-03-08T13:00'],
  ['America/New_York', 'autumn', '2026-10-31T13:00', '2026-11-01T14:00'],
  ['America/St_Johns', 'spring', '2026-03-07T12:30', '2026-03-08T11:30'],
  ['America/Nuuk', 'spring', '2026-03-28T11:00', '2026-03-29T10:00'],
  ['America/Santiago', 'autumn', '2026-04-04T12:00', '2026-04-05T13:00'],
  ['America/Santiago', 'spring', '2026-09-05T13:00', '2026-09-06T12:00'],
  ['Africa/Casablanca', 'Ramadan', '2026-02-14T08:00', '2026-02-15T09:00'],
  ['Africa/Casablanca', 'after Ramadan', '2026-03-21T09:00', '2026-03-22T08:00'],
  ['Africa/Cairo', 'spring, at midnight', '2026-04-23T07:00', '2026-04-24T06:00'],
  ['Asia/Jerusalem', 'spring, on a Friday', '2026-03-26T07:00', '2026-03-27T06:00'],
  ['Asia/Tehran', 'without a change since 2022', '2026-03-21T05:30', '2026-03-22T05:30'],
  ['Asia/Kathmandu', 'without a change, at three quarters', '2026-03-28T03:15', '2026-03-29T03:15'],
  ['Australia/Lord_Howe', 'autumn, half an hour', '2026-04-03T22:00', '2026-04-04T22:30'],
  ['Australia/Lord_Howe', 'spring, half an hour', '2026-10-02T22:30', '2026-10-03T22:00'],
  ['Pacific/Auckland', 'autumn', '2026-04-03T20:00', '2026-04-04T21:00'],
  ['Pacific/Chatham', 'spring, at three quarters', '2026-09-25T20:15', '2026-09-26T19:15'],
] as const

test.each(changes)('in %s, %s: nine o’clock stays nine o’clock', (zone, _season, before, after) => {
  const [first, second] = [at(`${before}Z`), at(`${after}Z`)]
  const until = second + 8 * hourLong
  expect(told(weekIn(each('09:00', '17:00'), zone, { from: first, until }))).toEqual(
    told([
      { from: first, until: first + 8 * hourLong },
      { from: second, until },
    ]),
  )
})

function dayBefore(day: string): string {
  return new Date(at(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
}

test('an hour that the clock leaves out is not worked, and one that comes twice is worked twice', () => {
  const nights = each('00:00', '04:00')
  const hours = (zone: string, day: string): number =>
    hoursOf(
      weekIn(nights, zone, between(`${dayBefore(day)}T00:00:00Z`, `${day}T23:59:00Z`)).filter(
        ({ from }) => new Intl.DateTimeFormat('sv', { timeZone: zone }).format(from) === day,
      ),
    )
  expect([hours('Europe/London', '2026-03-29'), hours('Europe/London', '2026-10-25')]).toEqual([3, 5])
  expect([hours('Australia/Lord_Howe', '2026-10-04'), hours('Australia/Lord_Howe', '2026-04-05')]).toEqual([3.5, 4.5])
  expect([hours('Africa/Cairo', '2026-04-24'), hours('America/Santiago', '2026-09-06')]).toEqual([3, 3])
  expect(hours('Europe/London', '2026-03-30')).toBe(4)
})

test('work that would lie wholly in an hour that is left out is none', () => {
  const spring = between('2026-03-29T00:00:00Z', '2026-03-30T00:00:00Z')
  expect(weekIn(each('01:30', '02:00'), 'Europe/London', spring)).toEqual([])
  expect(told(weekIn(each('01:30', '03:00'), 'Europe/London', spring))).toEqual(['03-29T01:30 03-29T02:00'])
})

test('what is asked for is not exceeded, and halves that meet are one', () => {
  const day = between('2026-11-23T10:00:00Z', '2026-11-23T15:00:00Z')
  expect(told(weekIn(each('09:00', '17:00'), 'Europe/London', day))).toEqual(['11-23T10:00 11-23T15:00'])
  const halves: WorkingPattern = {
    monday: [
      { from: '09:00', to: '12:00' },
      { from: '12:00', to: '13:00' },
      { from: '14:00', to: '17:00' },
    ],
  }
  expect(told(weekIn(halves, 'Europe/London', day))).toEqual(['11-23T10:00 11-23T13:00', '11-23T14:00 11-23T15:00'])
})

test('a holiday is no work on that day of that place, and half of one on a half day', () => {
  const christmas = between('2026-12-21T00:00:00Z', '2026-12-28T00:00:00Z')
  const pattern: WorkingPattern = { ...each('09:00', '17:00'), saturday: [], sunday: [] }
  const days = (country: string, zone: string): readonly string[] =>
    told(weekIn(pattern, zone, christmas, holidaysIn(country, 2026) ?? []))
  expect(days('GB', 'Europe/London')).toHaveLength(4)
  expect(days('IS', 'Atlantic/Reykjavik')).toEqual([
    '12-21T09:00 12-21T17:00',
    '12-22T09:00 12-22T17:00',
    '12-23T09:00 12-23T17:00',
    '12-24T09:00 12-24T13:00',
  ])
  expect(days('EG', 'Africa/Cairo')).toHaveLength(5)
  // The day belongs to the place: Christmas in Auckland is Christmas Eve in UTC.
  expect(days('NZ', 'Pacific/Auckland')).not.toContainEqual(expect.stringContaining('12-24T20:00'))
})

const zones = Intl.supportedValuesOf('timeZone')
const times = ['06:00', '08:30', '09:00', '12:30', '17:00', '21:30'] as const

test('at any moment, in any zone: she works if and only if the clock on her wall says so', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: 365 * 3 }),
      fc.nat({ max: times.length - 2 }),
      fc.subarray([...weekDays]),
      fc.nat({ max: 7 * 96 - 1 }),
      (zone, start, first, days, quarter) => {
        const from = Date.UTC(2025, 0, 1) + start * 86_400_000
        const [opens, closes] = [times[first] ?? '', times[first + 1] ?? '']
        const pattern: WorkingPattern = Object.fromEntries(days.map((day) => [day, [{ from: opens, to: closes }]]))
        const moment = from + quarter * 900_000
        const works = weekIn(pattern, zone, { from, until: from + 7 * 86_400_000 }).some(
          (span) => span.from <= moment && moment < span.until,
        )
        const wall = new Intl.DateTimeFormat('en-GB', {
          timeZone: zone,
          weekday: 'long',
          hour: '2-digit',
          minute: '2-digit',
        })
        const part = Object.fromEntries(wall.formatToParts(moment).map(({ type, value }) => [type, value]))
        const time = `${part['hour']}:${part['minute']}`
        const isDay = days.some((day) => day === part['weekday']?.toLowerCase())
        expect(works).toBe(isDay && opens <= time && time < closes)
      },
    ),
    { numRuns: 1_000 },
  )
})
