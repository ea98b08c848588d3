import fc from 'fast-check'
import { routeFor, sampleOf, shareOf, type SampledEntry } from '../../src/directory/route.ts'
import { inventedNow } from '../support/people.ts'

const words = new Map([
  ['service', 0.2],
  ['servant', 0.05],
  ["o'brien", 0.01],
])
const entry = fc.record({
  place: fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }).map(String),
  facets: fc.uniqueArray(fc.integer({ min: 100, max: 106 }), { minLength: 1 }).map((numbers) => numbers.join(' ')),
  flag_ends_at: fc.constantFrom(null, new Date('2026-12-01T00:00:00Z'), new Date('2026-11-01T00:00:00Z')),
})
const groups = fc.array(fc.uniqueArray(fc.integer({ min: 99, max: 107 }), { minLength: 1, maxLength: 3 }), {
  maxLength: 3,
})

function fits(
  { facets, flag_ends_at: end }: SampledEntry,
  asked: readonly (readonly number[])[],
  open: boolean,
): boolean {
  const has = facets.split(' ').map(Number)
  return (
    asked.every((group) => group.some((number) => has.includes(number))) &&
    (!open || (end !== null && end > inventedNow))
  )
}

test('of a directory that is a sample itself the share is exact, but never none', () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 80 }), groups, fc.boolean(), (entries, asked, open) => {
      const sample = sampleOf(entries, words, inventedNow)
      const many = entries.filter((one) => fits(one, asked, open)).length
      expect(shareOf(sample, { groups: asked, open, parts: [] })).toBeCloseTo(Math.max(0.5, many) / entries.length, 10)
    }),
  )
})

const share = (query: string): number =>
  shareOf(sampleOf([{ place: '1', facets: '100', flag_ends_at: null }], words, inventedNow), {
    groups: [],
    open: false,
    parts: [{ words: query, facets: [] }],
  })

test.each([
  ["'service'", 0.2],
  ["('serv':*)", 0.25],
  ["('service' | 'servant')", 0.25],
  ["('o''brien':*)", 0.01],
])('%s is in a share of %d', (query, expected) => {
  const sample = sampleOf(
    Array.from({ length: 1000 }, (_, index) => ({ place: String(index), facets: '100', flag_ends_at: null })),
    words,
    inventedNow,
  )
  expect(shareOf(sample, { groups: [], open: false, parts: [{ words: query, facets: [] }] })).toBeCloseTo(expected, 10)
})

test('no text that is typed keeps a share from being one', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("'a'", "'b':*", '(', ')', ' & ', ' | '), { maxLength: 12 }), (parts) => {
      const one = share(parts.join(''))
      expect(one).toBeGreaterThan(0)
      expect(one).toBeLessThanOrEqual(1)
    }),
  )
})

test('few are found by the indexes, many along the order', () => {
  const sample = { ...sampleOf([], words, inventedNow), size: 4096, people: 1_000_000 }
  expect(routeFor(sample, 0.0001, false)).toEqual({ kind: 'all' })
  expect(routeFor(sample, 0.3, false)).toMatchObject({ kind: 'ring', byIndex: false })
  expect(routeFor(sample, 0.0001, true)).toEqual({ kind: 'all' })
  expect(routeFor(sample, 0.3, true)).toMatchObject({ kind: 'ring', byIndex: true })
})
