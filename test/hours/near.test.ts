import { later, day } from '../../src/common/clock.ts'
import { officeHours, zonesOf } from '../../src/hours/country.ts'
import { nearCountries, officeOverlap, sharedHours } from '../../src/hours/meeting.ts'
import { weekFrom } from '../../src/hours/week.ts'
import { officeWeek } from '../../src/profile/working-week.ts'

const autumn = new Date('2026-11-22T12:00:00Z')
const week = weekFrom(autumn)
const inWales = { timeZone: 'Europe/London', country: 'GB', workingPattern: officeWeek }

test('hours shared with a country are counted from her own week and the offices there', () => {
  expect(officeOverlap(inWales, 'GB', week)).toBe(40)
  expect(officeOverlap(inWales, 'NL', week)).toBe(35)
  expect(officeOverlap(inWales, 'IN', week)).toBe(12.5)
  expect(officeOverlap(inWales, 'JP', week)).toBe(0)
  expect(officeOverlap({ ...inWales, workingPattern: { monday: [{ from: '08:00', to: '10:30' }] } }, 'NL', week)).toBe(
    2.5,
  )
})

test('where weekends differ, only the days that are worked in both places count', () => {
  expect(officeOverlap(inWales, 'EG', week)).toBe(6 * 4) // Sunday to Thursday there
  expect(officeOverlap(inWales, 'AE', week)).toBe(4 * 5) // Monday to Friday since 2022
})

test('in a country with several clocks the hours are told from the worst place to the best', () => {
  expect(sharedHours(inWales, 'US', week)).toEqual({ least: 0, most: 15 })
  expect(sharedHours(inWales, 'DE', week)).toEqual({ least: 35, most: 35 })
  expect(officeOverlap(inWales, 'US', week)).toBe(0)
})

test('without a clock or a country nothing is told, and the only clock of a country is hers', () => {
  expect(sharedHours({}, 'NL', week)).toBeUndefined()
  expect(sharedHours({ country: 'US' }, 'NL', week)).toBeUndefined()
  expect(sharedHours({ country: 'GB' }, 'NL', week)).toEqual({ least: 35, most: 35 })
  for (const code of ['HM', 'ZZ', '??', '', 'nl', 'NLD']) expect(sharedHours(inWales, code, week)).toBeUndefined()
  expect(officeOverlap(inWales, '', week)).toBe(0)
  expect(nearCountries({}, autumn)).toEqual([])
})

test('near are the countries whose office hours share two hours with hers on most of her days', () => {
  const near = nearCountries(inWales, autumn)
  for (const country of ['GB', 'IE', 'NL', 'PL', 'FI', 'EG', 'IN', 'US', 'BR', 'ZA']) expect(near).toContain(country)
  for (const country of ['JP', 'NZ', 'AU', 'FJ', 'CN']) expect(near).not.toContain(country)
})

test('near follows the clocks: what is near changes with summer time', () => {
  const noons = { ...inWales, workingPattern: { monday: [{ from: '12:00', to: '14:00' }] } }
  expect(nearCountries(noons, autumn)).toContain('AR') // nine o'clock there is noon in Wales, and one in summer
  expect(nearCountries(noons, new Date('2026-06-22T12:00:00Z'))).not.toContain('AR')
})

test('somebody with short days has near countries too: all her hours are enough', () => {
  const short = { ...inWales, workingPattern: { tuesday: [{ from: '10:00', to: '11:00' }] } }
  expect(nearCountries(short, autumn)).toContain('NL')
  expect(nearCountries(short, autumn)).not.toContain('JP')
})

test('near is the same all day, and no office is in two places at once', () => {
  const dawn = new Date('2026-11-22T00:00:00Z')
  expect(nearCountries(inWales, later(dawn, day - 1))).toEqual(nearCountries(inWales, dawn))
  for (const country of ['GB', 'US', 'AU', 'RU'])
    for (const spans of officeHours(country, week))
      expect(spans.every(({ from, until }, index) => from < until && (spans[index - 1]?.until ?? 0) < from)).toBe(true)
  expect(zonesOf('NP')).toEqual(['Asia/Katmandu'])
})
