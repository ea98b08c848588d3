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
