import fc from 'fast-check'
import { day, hour, later, rfc3339 } from '../../src/common/clock.ts'
import { InvalidInput } from '../../src/common/errors.ts'
import { loadWords } from '../../src/common/words.ts'
import { latestDays, mostTimes, requestedExchange, type Slot } from '../../src/chats/chat.ts'
import { lastDayToAnswer, toldTime } from '../../src/chats/clocks.ts'
import { clockTime, meetingOf, readTimes, slotFrom } from '../../src/chats/pick.ts'
import { placeValues, readPlace, readyNeeds, readyPlaces } from '../../src/chats/place.ts'
import { partsOf } from '../../src/chats/shown.ts'

const words = await loadWords(true)
const [en, cy] = [words.in('en'), words.in('cy')]
const now = new Date('2026-11-23T09:00:00Z')
const half = (from: string): Slot => ({ from: new Date(from), until: later(new Date(from), hour / 2) })
const clocks = (timeZone: string | undefined, country: string, otherCountry: string | null) => ({
  own: { country, ...(timeZone === undefined ? {} : { timeZone }) },
  otherCountry,
  nodeZone: 'Europe/London',
})

test.each([
  [
    'Europe/London',
    'GB',
    'DE',
    '2026-11-26T10:00:00Z',
    'Thursday 26 November, 10:00 to 10:30 by your clock (London). Germany: 11:00 to 11:30',
  ],
  [
    'Europe/London',
    'GB',
    'IE',
    '2026-11-26T10:00:00Z',
    'Thursday 26 November, 10:00 to 10:30 by your clock (London). Ireland: the same time',
  ],
  ['Europe/London', 'GB', null, '2026-11-26T10:00:00Z', 'Thursday 26 November, 10:00 to 10:30 by your clock (London)'],
  [
    'Europe/London',
    'GB',
    'NZ',
    '2026-11-26T11:30:00Z',
    'Thursday 26 November, 11:30 to 12:00 by your clock (London). New Zealand: begins between Friday 27 November, 00:30 and Friday 27 November, 01:15, depending on the place',
  ],
  [
    'America/New_York',
    'US',
    'GB',
    '2027-03-15T13:00:00Z',
    'Monday 15 March, 09:00 to 09:30 by your clock (New York). United Kingdom: 13:00 to 13:30',
  ],
  [
    'America/New_York',
    'US',
    'GB',
    '2027-03-29T13:00:00Z',
    'Monday 29 March, 09:00 to 09:30 by your clock (New York). United Kingdom: 14:00 to 14:30',
  ],
  [
    undefined,
    'NP',
    'GB',
    '2026-11-26T10:00:00Z',
    'Thursday 26 November, 15:45 to 16:15 by the clock of your country (Nepal). United Kingdom: 10:00 to 10:30',
  ],
  [
    undefined,
    'AU',
    'GB',
    '2026-11-26T10:00:00Z',
    'Thursday 26 November, 10:00 to 10:30 by the clock of this node (London). United Kingdom: the same time',
  ],
])('a time is told by both clocks: %s, %s beside %s', (zone, country, other, from, told) => {
  expect(toldTime(half(from), clocks(zone, country, other), 'en', en).text).toBe(told)
})

test('a time is told in Welsh', () => {
  expect(toldTime(half('2026-11-26T10:00:00Z'), clocks('Europe/London', 'GB', 'DE'), 'cy', cy).text).toBe(
    'Dydd Iau, 26 Tachwedd, 10:00 tan 10:30 yn ôl eich cloc chi (London). Yr Almaen: 11:00 tan 11:30',
  )
})

test.each([
  ['Europe/London', '2026-12-08T00:00:00Z', 'Monday 7 December'],
  ['Europe/Berlin', '2026-12-08T00:00:00Z', 'Monday 7 December'],
  ['Australia/Sydney', '2026-12-08T00:00:00Z', 'Monday 7 December'],
  ['America/New_York', '2026-12-08T00:00:00Z', 'Sunday 6 December'],
])('the last day to answer is one that is whole in %s', (zone, lapses, named) => {
  expect(lastDayToAnswer(new Date(lapses), clocks(zone, 'GB', null), 'en')).toBe(named)
})

test.each([
  ['14:30', '14:30'],
  ['14.30', '14:30'],
  ['9', '09:00'],
  ['9am', '09:00'],
  ['2:05 PM', '14:05'],
  ['12pm', '12:00'],
  ['12am', '00:00'],
  ['0:15', '00:15'],
  ['24:00', undefined],
  ['13pm', undefined],
  ['0pm', undefined],
  ['14:60', undefined],
  ['half past two', undefined],
  ['', undefined],
])('somebody who types %s means %s', (typed, meant) => {
  expect(clockTime(typed)).toBe(meant)
})

const chat = {
  exchange: requestedExchange([half('2026-11-26T10:00:00Z')], later(now, 14 * day)),
  kind: 'first-chat',
  madeAt: now,
}
const meeting = meetingOf(chat, clocks('Europe/London', 'GB', 'DE'), now)
const none = { times: [], day: { day: '', month: '', year: '' }, clock: '' }
const problemsOf = (work: () => unknown): readonly string[] => {
  try {
    work()
    return []
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    return error.problems.map(({ field, rule }) => `${field} ${rule}`)
  }
}

test('what is chosen and typed becomes up to three times in order, and what is wrong is named by its field', () => {
  const typed = { day: { day: '25', month: '11', year: '2026' }, clock: '2pm' }
  const both = readTimes({ times: ['2026-11-26T10:00:00Z'], ...typed }, meeting, now)
  expect(both.map(({ from }) => rfc3339(from))).toEqual(['2026-11-25T14:00:00Z', '2026-11-26T10:00:00Z'])
  expect(problemsOf(() => readTimes(none, meeting, now))).toEqual(['times minItems'])
  expect(problemsOf(() => readTimes({ ...none, clock: '14:00' }, meeting, now))).toEqual(['typedDay required'])
  expect(problemsOf(() => readTimes({ ...none, day: typed.day }, meeting, now))).toEqual(['typedTime required'])
  expect(problemsOf(() => readTimes({ ...none, times: ['soon'] }, meeting, now))).toEqual(['times real'])
  expect(problemsOf(() => readTimes({ times: ['2026-11-26T10:00:00Z'], ...typed }, meeting, now, 1))).toEqual([
    'times only',
  ])
  const late = rfc3339(later(now, latestDays * day + hour))
  expect(problemsOf(() => readTimes({ ...none, times: [late] }, meeting, now))).toEqual(['times late'])
})

test('whatever is sent, only times come of it that lie ahead, early enough, of the right length, each once', () => {
  const moment = fc.date({ min: later(now, -40 * day), max: later(now, 40 * day), noInvalidDate: true }).map(rfc3339)
  const times = fc.array(fc.oneof(moment, fc.string({ maxLength: 24 })), { maxLength: 6 })
  const part = fc.oneof(fc.nat(40).map(String), fc.string({ maxLength: 4 }))
  const typed = fc.record({ day: part, month: part, year: fc.constantFrom('2026', '2027', '', '26') })
  fc.assert(
    fc.property(times, typed, fc.oneof(part, fc.constantFrom('14:30', '2pm', '')), (sent, date, clock) => {
      let read: readonly Slot[] = []
      const problems = problemsOf(() => (read = readTimes({ times: sent, day: date, clock }, meeting, now)))
      expect(read.length > 0).toBe(problems.length === 0)
      expect(read.length).toBeLessThanOrEqual(mostTimes)
      expect(new Set(read.map(({ from }) => from.getTime())).size).toBe(read.length)
      for (const { from, until } of read) {
        expect(from > now && from <= later(now, latestDays * day)).toBe(true)
        expect(until.getTime() - from.getTime()).toBe(hour / 2)
      }
    }),
  )
})

test('a time on a page is read back as itself, and nothing else is read as a time', () => {
  const moments = fc.date({ min: now, max: later(now, 400 * day), noInvalidDate: true })
  fc.assert(fc.property(moments, (at) => rfc3339(slotFrom(rfc3339(at), meeting)?.from ?? now) === rfc3339(at)))
  fc.assert(fc.property(fc.string(), (text) => slotFrom(text, meeting) === undefined))
  expect(slotFrom('2026-02-30T10:00:00Z', meeting)).toBeUndefined()
})

test('only addresses that begin with https become links, and no letter is lost', () => {
  expect(partsOf('See https://meet.example/a?b=c. Or http://x.example, javascript:alert(1)')).toEqual([
    { text: 'See ' },
    { text: 'https://meet.example/a?b=c', href: 'https://meet.example/a?b=c' },
    { text: '. Or http://x.example, javascript:alert(1)' },
  ])
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('https://a.example/', ' ', '"', '<', '.', 'x', 'javascript:', ')')),
      (list) => {
        const parts = partsOf(list.join(''))
        expect(parts.map(({ text }) => text).join('')).toBe(list.join(''))
        for (const { href } of parts) expect(href ?? 'https://').toMatch(/^https:\/\//)
      },
    ),
  )
})

test.each([
  ['en', en],
  ['cy', cy],
] as const)('where nobody may write, every ready sentence can be said and is chosen again (%s)', (_language, t) => {
  for (const place of readyPlaces) {
    const said = readPlace({ places: [place], needs: [...readyNeeds] }, false, t)
    expect(placeValues(said, false, t)).toEqual({ meetingPlace: place, accessNeeds: [...readyNeeds] })
  }
  expect(problemsOf(() => readPlace({ places: ['my house'], needs: [] }, false, t))).toEqual(['meetingPlace enum'])
  expect(problemsOf(() => readPlace({ places: [], needs: ['my words'] }, false, t))).toEqual(['accessNeeds enum'])
  expect(readPlace({ places: [' my house '], needs: [''] }, true, t)).toEqual({ place: 'my house', access: null })
})
