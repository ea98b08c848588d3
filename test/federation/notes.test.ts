import fc from 'fast-check'
import { addresses } from '../../src/common/addresses.ts'
import { day, later } from '../../src/common/clock.ts'
import {
  isClosingSoon,
  isTrue,
  jobKey,
  mostPosts,
  nextPostAt,
  postDays,
  practiceKeys,
  type Note,
  type PublicSide,
} from '../../src/federation/notes.ts'
import { topics, topicsOf } from '../../src/federation/topics.ts'

const start = new Date('2026-11-22T09:00:00Z')
const at = addresses('https://north.example')

test('whenever posts are made as the rule allows, no 30 days hold more than four', () => {
  const hours = fc.array(fc.integer({ min: 0, max: 90 * 24 }), { maxLength: 60 })
  fc.assert(
    fc.property(hours, (wishes) => {
      const made: Date[] = []
      for (const hour of wishes.toSorted((one, other) => one - other)) {
        const now = later(start, hour * 3_600_000)
        if (nextPostAt(made, now) <= now) made.push(now)
      }
      for (const from of made) {
        const within = made.filter((one) => one >= from && one < later(from, postDays * day))
        expect(within.length).toBeLessThanOrEqual(mostPosts)
      }
    }),
  )
})

test('the day that she is told of is the first on which one more can be made', () => {
  const days = fc.array(fc.integer({ min: 0, max: 29 }), { minLength: mostPosts, maxLength: 8 })
  fc.assert(
    fc.property(days, (ago) => {
      const made = ago.map((one) => later(start, -one * day))
      const next = nextPostAt(made, start)
      expect(nextPostAt(made, next)).toEqual(next)
      expect(next > start && nextPostAt(made, later(next, -1)) > later(next, -1)).toBe(next > start)
    }),
  )
})

const document: PublicSide['document'] = {
  hasOccupation: [
    {
      type: 'Occupation',
      name: 'Product manager',
      occupationalCategory: 'https://w3id.org/sideways/roles#product-manager',
    },
  ],
  worksFor: { type: 'Organization', name: 'North Council' },
  shares: ['https://w3id.org/sideways/practices#retrospective'],
  sharesInWords: ['Walking one-to-ones'],
}
const note: Note = {
  id: 'n',
  personId: 'p',
  kind: 'practice',
  number: 1,
  flagNumber: null,
  hoursId: null,
  practices: practiceKeys(document),
  job: jobKey(document),
  body: '{}',
  madeAt: start,
  endsAt: later(start, 90 * day),
  deletedAt: null,
}

test('a post is true only while all that it says is', () => {
  expect(isTrue(at, note, { document }, start)).toBe(true)
  expect(isTrue(at, note, undefined, start)).toBe(false)
  expect(isTrue(at, note, { document }, note.endsAt)).toBe(false)
  expect(isTrue(at, { ...note, deletedAt: start }, { document }, start)).toBe(false)
  expect(isTrue(at, { ...note, number: null }, { document }, start)).toBe(false)
  const { sharesInWords: _gone, ...less } = document
  expect(isTrue(at, note, { document: less }, start)).toBe(false)
  const elsewhere = { ...document, worksFor: { type: 'Organization', name: 'South Hospice' } as const }
  expect(isTrue(at, note, { document: elsewhere }, start)).toBe(false)
  expect(isTrue(at, { ...note, job: '' }, { document: elsewhere }, start)).toBe(true)
  expect(isTrue(at, { ...note, kind: 'opened', flagNumber: 7, practices: [] }, { document }, start)).toBe(false)
})

test('the end is told of only for a flag that was open for a week, in its last three days', () => {
  const flag = (days: number) => ({ openedAt: start, endsAt: later(start, days * day) })
  expect(isClosingSoon(flag(14), later(start, 10 * day))).toBe(false)
  expect(isClosingSoon(flag(14), later(start, 11 * day))).toBe(true)
  expect(isClosingSoon(flag(14), later(start, 14 * day))).toBe(false)
  expect(isClosingSoon(flag(9), later(start, 8 * day))).toBe(false)
})

test('practices in her own words have keys that do not say them', () => {
  expect(practiceKeys(document)[0]).toBe('retrospective')
  expect(practiceKeys(document)[1]).toMatch(/^own-[0-9a-f]{20}$/)
})

test('every role that can be chosen is a topic; families and own words are none', () => {
  expect(topics()).toHaveLength(67)
  expect(topics()).not.toContain('technology')
  expect(topicsOf(document)).toEqual(['product-manager'])
  expect(topicsOf({ hasOccupation: [{ type: 'Occupation', name: 'Tree whisperer' }] })).toEqual([])
})
