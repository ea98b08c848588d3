import fc from 'fast-check'
import { day, hour, instantAt, later, minute } from '../../src/common/clock.ts'
import { latestDays, type Slot } from '../../src/chats/chat.ts'
import { isInOwnHours, minutesOf, slotAt, timeProblems, timesFor, type Meeting } from '../../src/chats/times.ts'

const sunday = instantAt(Date.parse('2026-11-22T09:00:00Z'))
const london = { country: 'GB', timeZone: 'Europe/London' } as const
const at = (from: string, minutes = 30): Slot => {
  const start = instantAt(Date.parse(from))
  return { from: start, until: later(start, minutes * minute) }
}
const clockIn = (slot: Slot, zone: string): string => {
  const told = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
  return told.format(slot.from)
}

describe('times that fit both', () => {
  test('lie in both weeks, from one working day on, at most twelve, over many days', () => {
    const times = timesFor({ own: london, otherCountry: 'DE', minutes: 30 }, sunday)
    expect(times).toHaveLength(12)
    expect(new Set(times.map(({ from }) => from.toISOString().slice(0, 10))).size).toBe(10)
    // Monday is the one working day; London's nine to four is Berlin's ten to five.
    expect(times[0]?.from.toISOString().slice(0, 10)).toBe('2026-11-24')
    const hours = times.map((slot) => clockIn(slot, 'Europe/London').slice(-5))
    expect(hours.every((time) => time >= '09:00' && time <= '15:30')).toBe(true)
    expect(hours.some((time) => time < '12:00') && hours.some((time) => time > '13:00')).toBe(true)
    expect(times.every(({ from, until }) => until.getTime() - from.getTime() === 30 * minute)).toBe(true)
  })

  test('on a working day they begin at the same time of the next one; a weekend does not count', () => {
    const friday = instantAt(Date.parse('2026-11-27T14:10:00Z'))
    const [first] = timesFor({ own: london, otherCountry: 'GB', minutes: 30 }, friday)
    expect(first && first.from >= instantAt(Date.parse('2026-11-30T14:10:00Z'))).toBe(true)
    expect(first?.from.toISOString().slice(0, 10)).toBe('2026-11-30')
  })

  test('keep to holidays of both places, and to a region of hers', () => {
    const before = instantAt(Date.parse('2026-12-18T10:00:00Z'))
    const days = timesFor({ own: london, otherCountry: 'DE', minutes: 30 }, before).map(({ from }) =>
      from.toISOString().slice(0, 10),
    )
    expect(days).not.toContain('2026-12-25')
    expect(days).not.toContain('2026-12-28') // Boxing Day's substitute in Britain
    expect(days).not.toContain('2027-01-01')
    const scot = { ...london, holidayRegion: 'GB-SCT' }
    const slot = at('2027-01-04T11:00:00Z')
    expect(timeProblems(slot, { own: scot, otherCountry: 'DE', minutes: 30 }, before)).toEqual(['own-holiday'])
    expect(timeProblems(slot, { own: london, otherCountry: 'DE', minutes: 30 }, before)).toEqual([])
  })

  test('across the change of a clock they stay in both office weeks', () => {
    const march = instantAt(Date.parse('2026-03-04T12:00:00Z'))
    const times = timesFor({ own: { country: 'GB' }, otherCountry: 'US', minutes: 30 }, march)
    // America changes on the eighth, Britain on the 29th: between them New York is four hours behind.
    expect(times.every((slot) => clockIn(slot, 'America/New_York').slice(-5) >= '09:00')).toBe(true)
    expect(times.every((slot) => clockIn(slot, 'Europe/London').slice(-5) <= '16:30')).toBe(true)
  })

  test('there are none where the weeks do not meet, and none where her clock is not known', () => {
    expect(timesFor({ own: { country: 'GB' }, otherCountry: 'NZ', minutes: 30 }, sunday)).toEqual([])
    expect(timesFor({ own: { country: 'US' }, otherCountry: 'GB', minutes: 30 }, sunday)).toEqual([])
    expect(timeProblems(at('2026-11-24T11:00:00Z'), { own: {}, otherCountry: 'GB', minutes: 30 }, sunday)).toEqual([
      'clock',
    ])
  })

  test('where the other’s country is not told, her own week alone counts', () => {
    expect(timesFor({ own: london, otherCountry: undefined, minutes: 30 }, sunday)).toHaveLength(12)
  })
})

test('what is wrong with a time is told: over, too far, outside of whose hours, on whose holiday', () => {
  const meeting: Meeting = { own: london, otherCountry: 'DE', minutes: 30 }
  const problems = (from: string) => timeProblems(at(from), meeting, sunday)
  expect(problems('2026-11-22T09:00:00Z')).toEqual(['past'])
  expect(problems('2026-12-17T10:00:00Z')).toEqual(['late'])
  expect(problems('2026-11-24T16:00:00Z')).toEqual(['their-hours'])
  expect(problems('2026-11-24T08:00:00Z')).toEqual(['own-hours'])
  expect(problems('2026-11-24T03:00:00Z')).toEqual(['own-hours', 'their-hours'])
  const before = instantAt(Date.parse('2026-12-18T10:00:00Z'))
  expect(timeProblems(at('2026-12-25T10:00:00Z'), meeting, before)).toEqual(['own-holiday', 'their-holiday'])
  expect(timeProblems(at('2026-12-24T10:00:00Z'), { ...meeting, latest: sunday }, before)).toEqual(['late'])
})

test('when she has something else is neither suggested nor taken', () => {
  const meeting: Meeting = { own: london, otherCountry: 'DE', minutes: 30 }
  const free = timesFor(meeting, sunday)
  const [first] = free
  if (!first) throw new Error('no time')
  const taken = [{ from: later(first.from, 10 * minute), until: later(first.from, 20 * minute) }]
  const others = timesFor({ ...meeting, taken }, sunday)
  expect(others).toHaveLength(free.length)
  expect(others).not.toContainEqual(first)
  expect(timeProblems(first, { ...meeting, taken }, sunday)).toEqual(['taken'])
  const after = { from: first.until, until: later(first.until, 30 * minute) }
  expect(timeProblems(after, { ...meeting, taken }, sunday)).toEqual([])
})

test('a typed day and time is read by her own clock', () => {
  const summer = slotAt(london, { day: '2026-07-01', time: '10:00' }, 45)
  expect(summer).toEqual(at('2026-07-01T09:00:00Z', 45))
  expect(slotAt({ country: 'GB' }, { day: '2026-12-01', time: '10:00' }, 30)).toEqual(at('2026-12-01T10:00:00Z'))
  expect(slotAt({ country: 'US' }, { day: '2026-12-01', time: '10:00' }, 30)).toBeUndefined()
  expect(slotAt(london, { day: '2026-13-01', time: '10:00' }, 30)).toBeUndefined()
  expect(slotAt(london, { day: '2026-12-01', time: '24:00' }, 30)).toBeUndefined()
})

test('her own hours can be asked alone', () => {
  expect(isInOwnHours(at('2026-11-24T16:00:00Z'), london)).toBe(true)
  expect(isInOwnHours(at('2026-11-24T18:00:00Z'), london)).toBe(false)
  expect(isInOwnHours(at('2026-11-24T18:00:00Z'), { country: 'US' })).toBeUndefined()
})

test('each kind has its length', () => {
  expect(minutesOf('first-chat')).toBe(30)
  expect(minutesOf('three-way-consult')).toBe(45)
  expect(minutesOf('shadow-session')).toBe(180)
})

test('whatever is suggested has nothing wrong with it, is in order, and no two of them meet', () => {
  const countries = ['GB', 'DE', 'US', 'AU', 'IN', 'NP', 'IR', 'BR', 'JP', 'EG', 'GL']
  const zones = ['Europe/London', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/New_York', 'Asia/Tehran']
  fc.assert(
    fc.property(
      fc.constantFrom(...countries),
      fc.constantFrom(...countries),
      fc.constantFrom(...zones),
      fc.constantFrom(30, 45, 180),
      fc.integer({ min: 0, max: 700 * 24 }),
      (country, otherCountry, timeZone, minutes, hours) => {
        const now = later(sunday, hours * hour)
        const meeting = { own: { country, timeZone }, otherCountry, minutes }
        const times = timesFor(meeting, now)
        expect(times.length).toBeLessThanOrEqual(12)
        for (const [index, slot] of times.entries()) {
          expect(timeProblems(slot, meeting, now)).toEqual([])
          expect(slot.from.getTime()).toBeGreaterThanOrEqual(now.getTime() + day / 2)
          expect(slot.from.getTime()).toBeLessThanOrEqual(now.getTime() + latestDays * day)
          const before = times[index - 1]
          if (before) expect(slot.from.getTime()).toBeGreaterThanOrEqual(before.until.getTime())
        }
      },
    ),
    { numRuns: 60 },
  )
})
