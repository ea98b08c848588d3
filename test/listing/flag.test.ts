import fc from 'fast-check'
import { day, dayOf, later } from '../../src/common/clock.ts'
import {
  dayIn,
  endOfDay,
  flagState,
  nextMonth,
  pauseProblems,
  termsProblems,
  typedDay,
  type ChatFlag,
  type FlagTerms,
} from '../../src/listing/flag.ts'
import {
  endedIds,
  nowhere,
  purposes,
  scopesAt,
  switchedOff,
  allowed,
  ended,
  isListed,
  type Scopes,
} from '../../src/listing/scopes.ts'

const now = new Date('2026-11-22T09:00:00Z')

const flag: ChatFlag = {
  id: 'f',
  accountId: 'a',
  number: 1,
  kinds: ['first-chat'],
  boundaries: [],
  capacity: 1,
  hiddenHere: false,
  openedAt: now,
  endsAt: new Date('2027-01-21T23:59:59Z'),
  pausedUntil: null,
  fullUntil: null,
  closedAt: null,
  closedBecause: null,
  renewalAskedAt: null,
}
const terms: FlagTerms = { kinds: ['first-chat'], boundaries: [], capacity: 1, hiddenHere: false, endsOn: '2027-01-21' }

test.each([
  ['closed when there never was one', undefined, 'closed'],
  ['open until its last second', { endsAt: later(now, 1) }, 'open'],
  ['lapsed at its end, without any job', { endsAt: now }, 'lapsed'],
  ['lapsed though it was paused', { endsAt: now, pausedUntil: later(now, day) }, 'lapsed'],
  ['paused until its day', { pausedUntil: later(now, 1) }, 'paused'],
  ['open again when its pause is over', { pausedUntil: now }, 'open'],
  ['full until its month is over', { fullUntil: later(now, 1) }, 'full'],
  ['closed when its owner closed it', { closedAt: now, closedBecause: 'person' }, 'closed'],
  ['lapsed when a job has noticed', { closedAt: now, closedBecause: 'lapsed' }, 'lapsed'],
] as const)('a flag is %s', (_what, change, state) => {
  expect(flagState(change && { ...flag, ...change }, now)).toBe(state)
})

test('a flag may last to the end of the ninetieth day, and no longer', () => {
  expect(dayIn(now, 90)).toBe('2027-02-20')
  expect(termsProblems({ ...terms, endsOn: '2027-02-20' }, now)).toEqual([])
  expect(termsProblems({ ...terms, endsOn: '2027-02-21' }, now)).toEqual([
    { field: 'endsOn', rule: 'late', detail: { days: 90 } },
  ])
  expect(termsProblems({ ...terms, endsOn: '2026-11-22' }, now)).toEqual([])
  expect(termsProblems({ ...terms, endsOn: '2026-11-21' }, now)).toEqual([{ field: 'endsOn', rule: 'past' }])
})

test('every fault of the terms is told at once', () => {
  const faults = termsProblems(
    { kinds: [], boundaries: ['no-fun'], capacity: 5, hiddenHere: false, endsOn: 'soon' },
    now,
  )
  expect(faults.map(({ field, rule }) => `${field} ${rule}`)).toEqual([
    'kinds minItems',
    'endsOn real',
    'capacity choose',
    'boundaries unknown',
  ])
  expect(
    termsProblems({ ...terms, kinds: ['first-chat', 'compare-notes', 'sounding-board', 'a', 'b', 'c'] }, now).map(
      ({ rule }) => rule,
    ),
  ).toEqual(['maxItems', 'unknown'])
})

test('a pause lies after today and before the end', () => {
  expect(pauseProblems('2026-11-22', flag, now)).toEqual([{ field: 'pausedUntil', rule: 'past' }])
  expect(pauseProblems('2026-11-23', flag, now)).toEqual([])
  expect(pauseProblems('2027-01-21', flag, now)).toEqual([])
  expect(pauseProblems('2027-01-22', flag, now)).toEqual([{ field: 'pausedUntil', rule: 'late' }])
})

test('a full month ends with the month, in December too', () => {
  expect(nextMonth(now)).toEqual(new Date('2026-12-01T00:00:00Z'))
  expect(nextMonth(new Date('2026-12-31T23:59:59Z'))).toEqual(new Date('2027-01-01T00:00:00Z'))
})

test('a typed day is a day of the calendar or a problem', () => {
  expect(typedDay('endsOn', { day: '1', month: '3', year: '2027' })).toEqual({ day: '2027-03-01' })
  expect(typedDay('endsOn', { day: '29', month: '02', year: '2028' })).toEqual({ day: '2028-02-29' })
  for (const parts of [
    { day: '29', month: '2', year: '2027' },
    { day: '1', month: '13', year: '2027' },
    { day: 'first', month: '3', year: '2027' },
    { day: '1', month: '3', year: '27' },
    { day: '', month: '3', year: '2027' },
  ])
    expect(typedDay('endsOn', parts)).toEqual({ problem: { field: 'endsOn', rule: 'real' } })
  expect(typedDay('endsOn', { day: '', month: '', year: '' })).toEqual({
    problem: { field: 'endsOn', rule: 'required' },
  })
})

test('any flag that may open ends within the 90 days that a partner node grants', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('2026-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
      fc.integer({ min: -5, max: 100 }),
      (start, days) => {
        const endsOn = dayOf(later(start, days * day))
        if (termsProblems({ ...terms, endsOn }, start).length > 0) return
        const end = endOfDay(endsOn)
        expect(end && end > start).toBe(true)
        expect((Date.parse(endsOn) - Date.parse(dayOf(start))) / day).toBeLessThanOrEqual(90)
      },
    ),
  )
})

const steps = fc.array(fc.record({ purpose: fc.constantFrom(...purposes), given: fc.boolean() }), { maxLength: 30 })

test('the switches of any past date can be rebuilt from the receipts alone', () => {
  fc.assert(
    fc.property(steps, (answers) => {
      let scopes: Scopes = nowhere
      const receipts: { purpose: (typeof purposes)[number]; given: boolean; at: Date }[] = []
      const history: [Date, Scopes][] = []
      for (const [index, { purpose, given }] of answers.entries()) {
        const at = later(now, index * 1000)
        if (purpose === 'discovery' && given && !scopes.public) continue
        if (given === scopes[purpose]) continue
        const after = given ? allowed(scopes, purpose) : ended(scopes, purpose)
        const off = switchedOff(scopes, after)
        for (const one of off) receipts.push({ purpose: one, given: false, at })
        if (given) receipts.push({ purpose, given, at })
        scopes = after
        history.push([at, after])
      }
      for (const [at, then] of history) expect(scopesAt(receipts, at)).toEqual(then)
    }),
  )
})

test('whoever loses access knows no id that lives on, unless everyone may know it', () => {
  const all = purposes
    .reduce<Scopes[]>((list, purpose) => list.flatMap((scopes) => [scopes, { ...scopes, [purpose]: true }]), [nowhere])
    .filter((scopes) => (scopes.public || !scopes.discovery) && isListed(scopes))
  for (const before of all) {
    for (const purpose of purposes) {
      const after = ended(before, purpose)
      const ids = endedIds(before, after)
      if (before.partners && !after.partners) expect(ids).toEqual({ listing: true, person: !after.public })
      else expect(ids).toEqual({ listing: before.public && !after.public, person: before.public && !after.public })
    }
  }
})
