import { daysOff } from '../../src/hours/days-off.ts'
import { ownWeek } from '../../src/hours/meeting.ts'
import { fits } from '../../src/hours/span.ts'
import { officeWeek } from '../../src/profile/working-week.ts'
import { holidayRegionName, holidayRegions, holidaysIn, isHolidayRegion } from '../../src/common/holidays.ts'

const daysOf = (country: string, year: number, region?: string): readonly string[] =>
  (holidaysIn(country, year, region) ?? []).map(({ day }) => day)

test('the bank holidays of Wales in 2026, substitute day included', () => {
  expect(daysOf('GB', 2026, 'GB-WLS')).toEqual([
    '2026-01-01',
    '2026-04-03',
    '2026-04-06',
    '2026-05-04',
    '2026-05-25',
    '2026-08-31',
    '2026-12-25',
    '2026-12-26',
    '2026-12-28',
  ])
})

test('a region has its own days, and a region of another country counts as none', () => {
  expect(daysOf('GB', 2026, 'GB-SCT')).toContain('2026-11-30')
  expect(daysOf('GB', 2026, 'GB-NIR')).toContain('2026-07-13')
  expect(daysOf('GB', 2026)).not.toContain('2026-11-30')
  expect(daysOf('DE', 2026, 'DE-BY')).toContain('2026-01-06')
  expect(daysOf('DE', 2026, 'GB-SCT')).toEqual(daysOf('DE', 2026))
})

test('a feast of three days is three days off, and a half day begins at its time', () => {
  expect(daysOf('EG', 2026)).toEqual(expect.arrayContaining(['2026-03-20', '2026-03-21', '2026-03-22']))
  expect(holidaysIn('IS', 2026)?.find(({ day }) => day === '2026-12-24')).toMatchObject({ from: '13:00' })
  expect(daysOf('PM', 2026)).not.toContain('2026-11-02') // the first of November has 25 hours there
})

test('a country whose holidays nobody keeps has none that are known', () => {
  for (const country of ['NP', 'ZZ', '', 'constructor']) expect(holidaysIn(country, 2026)).toBeUndefined()
})

test('regions are told by name, in the code of their country', () => {
  expect(holidayRegions('GB', 'en').map(({ id }) => id)).toEqual(['GB-ALD', 'GB-ENG', 'GB-NIR', 'GB-SCT', 'GB-WLS'])
  expect(holidayRegions('IE', 'en')).toEqual([])
  expect(holidayRegions('ZZ', 'en')).toEqual([])
  expect(holidayRegionName('GB-WLS', 'cy')).toBe('Cymru')
  expect([isHolidayRegion('GB-WLS'), isHolidayRegion('GB-XXX'), isHolidayRegion('ZZ-AA')]).toEqual([true, false, false])
})

test('a proposed time fits a week only where it is no holiday, over the end of a year as well', () => {
  const within = { from: Date.parse('2026-12-27T00:00:00Z'), until: Date.parse('2027-01-05T00:00:00Z') }
  const off = daysOff('GB', within, 'GB-SCT')
  expect(off?.map(({ day }) => day)).toEqual(
    expect.arrayContaining(['2026-12-28', '2027-01-01', '2027-01-04']), // the second of January moves to a Monday
  )
  expect(off?.every(({ day }) => day >= '2026-12-25' && day <= '2027-01-05')).toBe(true)
  const week = ownWeek({ timeZone: 'Europe/London', workingPattern: officeWeek }, within, off) ?? []
  const halfHour = (from: string) => ({ from: Date.parse(from), until: Date.parse(from) + 1_800_000 })
  expect(fits(halfHour('2026-12-29T16:30:00Z'), week)).toBe(true)
  for (const taken of ['2026-12-28T10:00:00Z', '2027-01-01T10:00:00Z', '2027-01-04T10:00:00Z', '2026-12-29T16:45:00Z'])
    expect(fits(halfHour(taken), week)).toBe(false)
  expect(daysOff('NP', within)).toBeUndefined()
})
