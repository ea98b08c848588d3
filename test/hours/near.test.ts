import { later, day } from '../../src/common/clock.ts'
import { officeHours, zonesOf } from '../../src/hours/country.ts'
import { nearCountries, officeOverlap, ownWeek, type OwnHours, type SharedHours } from '../../src/hours/meeting.ts'
import { weekFrom } from '../../src/hours/week.ts'
import { officeWeek } from '../../src/profile/working-week.ts'

const autumn = new Date('2026-11-22T12:00:00Z')
const week = weekFrom(autumn)
const shared = (hours: OwnHours, country: string): SharedHours | undefined => {
  const own = ownWeek(hours, week)
  return own && officeOverlap(own, country, week)
}
const both = (hours: number): SharedHours => ({ least: hours, most: hours })
const inWales = { timeZone: 'Europe/London', country: 'GB', workingPattern: officeWeek }

test('hours shared with a country are counted from her own week and the offices there', () => {
  expect(shared(inWales, 'GB')).toEqual(both(40))
  expect(shared(inWales, 'NL')).toEqual(both(35))
  expect(shared(inWales, 'IN')).toEqual(both(12.5))
  expect(shared(inWales, 'JP')).toEqual(both(0))
  expect(shared({ ...inWales, workingPattern: { monday: [{ from: '08:00', to: '10:30' }] } }, 'NL')).toEqual(both(2.5))
})

test('where weekends differ, only the days that are worked in both places count', () => {
  expect(shared(inWales, 'EG')).toEqual(both(6 * 4)) // Sunday to Thursday there
  expect(shared(inWales, 'AE')).toEqual(both(4 * 5)) // Monday to Friday since 2022
})

test('in a country with several clocks the hours are told from the worst place to the best', () => {
  expect(shared(inWales, 'US')).toEqual({ least: 0, most: 15 })
  expect(shared(inWales, 'DE')).toEqual({ least: 35, most: 35 })
})

test('without a clock or a country nothing is told, and the only clock of a country is hers', () => {
  expect(shared({}, 'NL')).toBeUndefined()
  expect(shared({ country: 'US' }, 'NL')).toBeUndefined()
  expect(shared({ country: 'GB' }, 'NL')).toEqual({ least: 35, most: 35 })
  for (const code of ['HM', 'ZZ', '??', '', 'nl', 'NLD']) expect(shared(inWales, code)).toBeUndefined()
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
