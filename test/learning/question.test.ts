import fc from 'fast-check'
import { day, instantAt } from '../../src/common/clock.ts'
import { askAt, shownOf } from '../../src/learning/question.ts'
import { officeWeek } from '../../src/profile/working-week.ts'

const at = (text: string): Date => new Date(text)

it.each([
  ['in Cardiff on a Tuesday: Wednesday at nine', 'Europe/London', 'GB', '2026-11-24T10:30:00Z', '2026-11-25T09:00:00Z'],
  ['on a Friday: Monday', 'Europe/London', 'GB', '2026-11-27T10:30:00Z', '2026-11-30T09:00:00Z'],
  ['before Easter: after all of it', 'Europe/London', 'GB', '2026-04-02T10:30:00Z', '2026-04-07T08:00:00Z'],
  ['when clocks go back on Sunday', 'Europe/London', 'GB', '2026-10-23T10:30:00Z', '2026-10-26T09:00:00Z'],
  ['in New York when clocks go forward', 'America/New_York', 'US', '2026-03-06T20:00:00Z', '2026-03-09T13:00:00Z'],
  [
    'in Sydney, whose day has begun before ours',
    'Australia/Sydney',
    'AU',
    '2026-11-24T22:30:00Z',
    '2026-11-25T22:00:00Z',
  ],
  ['in Tel Aviv, where Friday is a weekend', 'Asia/Jerusalem', 'IL', '2026-11-26T10:00:00Z', '2026-11-29T07:00:00Z'],
])('the question comes as the next working day begins: %s', (_, timeZone, country, until, expected) => {
  expect(askAt(at(until), { timeZone, country })).toEqual(at(expected))
})

it('who works on some days, or at night, is asked as those begin', () => {
  const own = { timeZone: 'Europe/London', country: 'GB' }
  const late = {
    workingPattern: { tuesday: [{ from: '20:00', to: '23:00' }], thursday: [{ from: '06:15', to: '09:00' }] },
  }
  expect(askAt(at('2026-11-24T21:00:00Z'), { ...own, ...late })).toEqual(at('2026-11-26T06:15:00Z'))
})

it('it comes before everything of the chat is forgotten, also where her next working day comes after that', () => {
  const mondays = {
    timeZone: 'Europe/London',
    country: 'GB',
    workingPattern: { monday: [{ from: '09:00', to: '12:00' }] },
  }
  const forgotten = at('2026-11-30T08:00:00Z')
  expect(askAt(at('2026-11-24T10:30:00Z'), mondays, forgotten)).toEqual(at('2026-11-28T08:00:00Z'))
  expect(askAt(at('2026-11-24T10:30:00Z'), mondays, at('2026-12-04T08:00:00Z'))).toEqual(at('2026-11-30T09:00:00Z'))
})

it('who has said nothing of herself, or works on no day, is asked as well', () => {
  expect(askAt(at('2026-11-24T10:30:00Z'), {})).toEqual(at('2026-11-25T09:00:00Z'))
  expect(askAt(at('2026-11-24T10:30:00Z'), { workingPattern: {} })).toEqual(at('2026-11-25T10:30:00Z'))
})

it('it never comes before the chat is over, and within two weeks', () => {
  const zones = ['Europe/London', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Kiritimati']
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom('GB', 'US', 'NP', 'AU', 'KI', 'DE'),
      fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2028, 0) }),
      (timeZone, country, moment) => {
        const until = instantAt(moment)
        const asked = askAt(until, { timeZone, country, workingPattern: officeWeek })
        expect(asked > until).toBe(true)
        expect(asked.getTime() - moment).toBeLessThan(14 * day)
      },
    ),
    { numRuns: 60 },
  )
})

it('no two figures that a host may see ever differ by one to nine', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(10_000), (one, other) => {
      const difference = Math.abs(shownOf(one) - shownOf(other))
      expect(difference === 0 || difference >= 10).toBe(true)
      expect(shownOf(one) === 0 || shownOf(one) >= 10).toBe(true)
      expect(shownOf(one)).toBeLessThanOrEqual(one)
    }),
  )
})
