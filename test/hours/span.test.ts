import fc from 'fast-check'
import { fits, freeSlots, hoursOf, joined, overlap, without, type Span } from '../../src/hours/span.ts'

const hour = 3_600_000
const spans = (...hours: readonly (readonly [number, number])[]): readonly Span[] =>
  hours.map(([from, until]) => ({ from: from * hour, until: until * hour }))

const arbitrary = fc
  .array(
    fc.tuple(fc.nat(40), fc.nat(12)).map(([from, length]) => ({ from, until: from + length })),
    { maxLength: 8 },
  )
  .map((list) => joined(list))
const isIn = (moment: number, list: readonly Span[]): boolean =>
  list.some(({ from, until }) => from <= moment && moment < until)
const isTidy = (list: readonly Span[]): boolean =>
  list.every(({ from, until }, index) => from < until && (list[index - 1]?.until ?? -1) <= from)

test('a moment is in the overlap when it is in both, and left over when it is in one alone', () => {
  fc.assert(
    fc.property(arbitrary, arbitrary, fc.nat(60), (one, other, moment) => {
      expect(isIn(moment, overlap(one, other))).toBe(isIn(moment, one) && isIn(moment, other))
      expect(isIn(moment, without(one, other))).toBe(isIn(moment, one) && !isIn(moment, other))
      expect(overlap(one, other)).toEqual(overlap(other, one))
      expect(isTidy(overlap(one, other)) && isTidy(without(one, other))).toBe(true)
      expect(hoursOf(overlap(one, other)) + hoursOf(without(one, other))).toBeCloseTo(hoursOf(one))
    }),
  )
})

test('spans that meet or cross become one, and empty ones none', () => {
  expect(joined(spans([9, 12], [12, 13], [14, 14], [10, 11], [16, 17]))).toEqual(spans([9, 13], [16, 17]))
})

test('a proposed time fits when all of it is within the hours of one stretch', () => {
  const week = spans([9, 12], [14, 17])
  expect(fits({ from: 9 * hour, until: 9.5 * hour }, week)).toBe(true)
  expect(fits({ from: 11.5 * hour, until: 12 * hour }, week)).toBe(true)
  for (const [from, until] of [
    [8.9, 9.4],
    [11.75, 12.25],
    [12, 14],
    [9, 17],
    [10, 10],
    [11, 10],
  ] as const)
    expect(fits({ from: from * hour, until: until * hour }, week)).toBe(false)
})

test('free times begin at a quarter of an hour and all fit, and none that fits is left out', () => {
  expect(freeSlots(spans([9, 10]), 30).map(({ from }) => from / hour)).toEqual([9, 9.25, 9.5])
  expect(freeSlots(spans([9, 10]), 30, 30).map(({ from }) => from / hour)).toEqual([9, 9.5])
  expect(freeSlots(spans([9.2, 10]), 25).map(({ from }) => from / hour)).toEqual([9.25, 9.5])
  expect(freeSlots(spans([9, 9.4]), 25)).toEqual([])
  fc.assert(
    fc.property(arbitrary, fc.integer({ min: 1, max: 90 }), (list, minutes) => {
      const week = list.map(({ from, until }) => ({ from: from * 600_000, until: until * 600_000 }))
      const found = freeSlots(week, minutes)
      const all = Array.from({ length: 40 }, (_, index) => index * 900_000)
        .map((from) => ({ from, until: from + minutes * 60_000 }))
        .filter((slot) => fits(slot, week))
      expect(found).toEqual(all)
    }),
  )
})
