import fc from 'fast-check'
import { comparison, type Comparison } from '../../src/hours/comparison.ts'
import { clocksOf, officeWeekOf } from '../../src/hours/country.ts'
import { pictureOf } from '../../src/hours/picture.ts'
import { hoursOf } from '../../src/hours/span.ts'
import { officeWeek, weekDays } from '../../src/profile/working-week.ts'

function compared(zone: string, country: string, now: string): Comparison {
  const found = comparison({ timeZone: zone, workingPattern: officeWeek }, country, new Date(now))
  if (!found) throw new Error('nothing to compare')
  return found
}

const sharedOn = ({ zone, days }: Comparison, day: string): readonly string[] =>
  (days.find((one) => one.day === day)?.shared ?? []).map(({ from, until }) => {
    const time = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' })
    return `${time.format(from)} ${time.format(until)}`
  })

// The last working day before a change of either clock and the first one after it.
const changes = [
  ['Europe/London', 'IN', '2027-03-24T12:00:00Z', '2027-03-26', [], '2027-03-30', ['09:00 12:30']],
  ['Europe/London', 'JM', '2026-10-21T12:00:00Z', '2026-10-23', ['15:00 17:00'], '2026-10-26', ['14:00 17:00']],
  ['America/New_York', 'NL', '2026-03-05T12:00:00Z', '2026-03-06', ['09:00 11:00'], '2026-03-09', ['09:00 12:00']],
  ['America/Nuuk', 'IS', '2026-10-21T12:00:00Z', '2026-10-23', ['09:00 16:00'], '2026-10-26', ['09:00 15:00']],
  ['America/Santiago', 'PE', '2026-09-02T12:00:00Z', '2026-09-04', ['10:00 17:00'], '2026-09-07', ['11:00 17:00']],
  ['Africa/Casablanca', 'NL', '2026-02-11T12:00:00Z', '2026-02-13', ['09:00 17:00'], '2026-02-16', ['09:00 16:00']],
  ['Africa/Cairo', 'NL', '2026-10-27T12:00:00Z', '2026-10-29', ['11:00 17:00'], '2026-10-30', ['10:00 17:00']],
  ['Asia/Jerusalem', 'IE', '2026-03-24T12:00:00Z', '2026-03-26', ['11:00 17:00'], '2026-03-30', ['11:00 17:00']],
  ['Asia/Tehran', 'PL', '2026-10-21T12:00:00Z', '2026-10-23', ['10:30 17:00'], '2026-10-26', ['11:30 17:00']],
  ['Asia/Kathmandu', 'IE', '2026-03-25T12:00:00Z', '2026-03-27', ['14:45 17:00'], '2026-03-30', ['13:45 17:00']],
  ['Australia/Lord_Howe', 'JP', '2026-04-01T12:00:00Z', '2026-04-03', ['11:00 17:00'], '2026-04-06', ['10:30 17:00']],
  ['Pacific/Auckland', 'FJ', '2026-09-23T12:00:00Z', '2026-09-25', ['09:00 17:00'], '2026-09-29', ['10:00 17:00']],
  ['Pacific/Chatham', 'KR', '2026-04-01T12:00:00Z', '2026-04-03', ['13:45 17:00'], '2026-04-06', ['12:45 17:00']],
] as const

test.each(changes)(
  'from %s, hours shared with %s move with the clocks',
  (zone, country, now, day, before, next, after) => {
    const week = compared(zone, country, now)
    expect([sharedOn(week, day), sharedOn(week, next)]).toEqual([before, after])
  },
)

const zones = Intl.supportedValuesOf('timeZone')
const codes = ['GB', 'NL', 'US', 'AU', 'EG', 'IR', 'IN', 'NZ', 'BR', 'MA', 'JP', 'NP', 'GL'] as const

test('at any moment: both work if and only if both walls say so', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom(...codes),
      fc.integer({ min: 0, max: 365 * 2 * 24 }),
      fc.nat({ max: 7 * 96 - 1 }),
      (zone, country, hour, quarter) => {
        const now = new Date(Date.UTC(2026, 0, 1, hour))
        const week = compared(zone, country, now.toISOString())
        const moment = (week.days[0]?.whole.from ?? 0) + quarter * 900_000
        const day = week.days.find(({ whole }) => whole.from <= moment && moment < whole.until)
        if (day === undefined) return // the last day has 23 hours
        const isOff = (pattern: object, clock: string): boolean => !isNineToFive(pattern, clock, moment)
        const clocks = clocksOf(country, { from: day.whole.from, until: day.whole.until })
        const isShared = day.shared.some(({ from, until }) => from <= moment && moment < until)
        // Holidays only take away.
        if (isShared) {
          expect(isOff(officeWeek, zone)).toBe(false)
          expect(clocks.every((clock) => isOff(officeWeekOf(country), clock))).toBe(false)
        } else if (week.days.every((one) => one.theirHoliday === undefined)) {
          expect(isOff(officeWeek, zone) || clocks.every((clock) => isOff(officeWeekOf(country), clock))).toBe(true)
        }
      },
    ),
    { numRuns: 120 },
  )
})

function isNineToFive(pattern: object, clock: string, moment: number): boolean {
  const wall = new Intl.DateTimeFormat('en-GB', { timeZone: clock, weekday: 'long', hour: '2-digit' }).formatToParts(
    moment,
  )
  const part = Object.fromEntries(wall.map(({ type, value }) => [type, value]))
  const name = weekDays.find((one) => one === part['weekday']?.toLowerCase())
  return name !== undefined && name in pattern && Number(part['hour']) >= 9 && Number(part['hour']) < 17
}

test('a picture holds every bar between its first and last hour, each lane without overlap', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom(...codes),
      fc.integer({ min: 0, max: 365 * 2 }),
      (zone, country, days) => {
        const week = compared(zone, country, new Date(Date.UTC(2026, 0, 1 + days)).toISOString())
        const picture = pictureOf(week)
        expect(picture.rows).toHaveLength(7)
        expect(picture.ticks.length).toBeGreaterThan(1)
        expect(picture.ticks.length).toBeLessThan(6)
        for (const row of picture.rows)
          for (const lane of [row.own, row.theirs, row.shared])
            for (const [index, { x, width }] of lane.entries()) {
              const before = lane[index - 1]
              expect(x).toBeGreaterThanOrEqual(before === undefined ? 64 : before.x + before.width - 0.11)
              expect(x + width).toBeLessThanOrEqual(300.1)
            }
        const total = week.days.reduce((sum, { shared }) => sum + hoursOf(shared), 0)
        expect(total).toBeGreaterThanOrEqual(week.coming.most)
        if (week.clocks.length === 1) expect(total).toBe(week.coming.least)
        expect(week.usual.most).toBeGreaterThanOrEqual(week.coming.most)
      },
    ),
    { numRuns: 60 },
  )
})

test('the week begins tomorrow by the reader’s clock, not by ours', () => {
  expect(compared('Pacific/Auckland', 'NZ', '2026-11-22T12:00:00Z').days[0]?.day).toBe('2026-11-24')
  expect(compared('America/New_York', 'NZ', '2026-11-22T02:00:00Z').days[0]?.day).toBe('2026-11-22')
})
