import fc from 'fast-check'
import { InvalidInput, type Problem } from '../../src/common/errors.ts'
import { parse } from '../../src/common/parse.ts'
import { isLanguageTag, withPart, type Part } from '../../src/profile/checking.ts'
import type { ProfileFields } from '../../src/profile/profile.ts'
import { officeWeek } from '../../src/profile/working-week.ts'
import { arbitraryFields, asha } from './people.ts'

function problems(part: Part, fields: ProfileFields = asha): readonly Problem[] {
  try {
    withPart(fields, part)
    return []
  } catch (error) {
    if (error instanceof InvalidInput) return error.problems
    throw error
  }
}
const rules = (part: Part, fields?: ProfileFields): readonly string[] =>
  problems(part, fields).map(({ field, rule }) => `${field.split('/')[0]} ${rule}`)

test('what a part does not name stays as it was, and what it takes back is gone', () => {
  const { onlyOne: _, ...rest } = asha
  expect(withPart(asha, { onlyOne: undefined, place: 'Northford' })).toEqual({ ...rest, place: 'Northford' })
})

test('text is kept as one clean line: trimmed, composed, without line breaks or runs of spaces', () => {
  expect(withPart(asha, { displayName: '  Sia\u0302n \t Rao ' }).displayName).toBe('Siân Rao')
  expect(withPart(asha, { introduction: 'One.\r\n\r\nTwo.\u2028Three.' }).introduction).toBe('One. Two. Three.')
})

test('control characters, direction overrides and half characters are refused', () => {
  for (const bad of ['\u0007', '\u001b', '\u007f', '\u0085x\u0090', '\u202e', '\u2066', '\ud800']) {
    expect(rules({ displayName: `Asha${bad}Rao` })).toEqual(['displayName pattern'])
    expect(rules({ introduction: `Asha${bad}Rao` })).toEqual(['introduction pattern'])
    expect(rules({ sharesInWords: [`Asha${bad}Rao`] })).toEqual(['sharesInWords pattern'])
  }
})

test('an answer of nothing but spaces is no answer', () => {
  expect(withPart(asha, { place: '   ', links: ['', ' '], shares: [] })).not.toHaveProperty('place')
  expect(withPart(asha, { links: ['', ' '] })).not.toHaveProperty('links')
  expect(rules({ displayName: ' \t ' })).toEqual(['displayName required'])
})

test('what a listing cannot do without cannot be taken back', () => {
  expect(rules({ displayName: undefined })).toEqual(['displayName required'])
  expect(rules({ roles: undefined, roleInWords: undefined })).toEqual(['roles choose'])
  expect(rules({ roles: undefined, roleInWords: 'Keeper of lists' })).toEqual([])
  expect(rules({ organisation: '', sector: undefined, country: undefined })).toEqual([
    'organisation required',
    'sector choose',
    'country choose',
  ])
  expect(rules({ languages: [] })).toEqual(['languages choose'])
  expect(rules({ shares: [], onlyOne: undefined })).toEqual([])
})

test('only what is in the lists can be chosen, and a family is a heading, not a choice', () => {
  expect(rules({ roles: ['wizard'] })).toEqual(['roles unknown'])
  expect(rules({ roles: ['product-and-delivery'] })).toEqual(['roles unknown'])
  expect(rules({ shares: ['rhythm'] })).toEqual(['shares unknown'])
  expect(rules({ wantsToTry: ['retrospective', 'nonsense'] })).toEqual(['wantsToTry unknown'])
  expect(rules({ sector: 'piracy' })).toEqual(['sector unknown'])
  expect(rules({ country: 'ZZ' })).toEqual(['country unknown'])
  expect(rules({ country: 'UK' })).toEqual(['country unknown'])
  expect(rules({ timeZone: 'Europe/Atlantis' })).toEqual(['timeZone unknown'])
  expect(rules({ holidayRegion: 'GB-XXX' })).toEqual(['holidayRegion unknown'])
  expect(rules({ languages: [{ tag: 'qx', level: 'easy' }] })).toEqual(['languages unknown'])
  expect(rules({ languages: [{ tag: 'tlh', level: 'easy' }] })).toEqual([])
})

test('a listing has room for two roles, in words or from the list', () => {
  expect(rules({ roles: ['delivery-manager', 'product-manager'] })).toEqual([])
  expect(rules({ roles: ['delivery-manager', 'product-manager'], roleInWords: 'And more' })).toEqual(['roles maxItems'])
  expect(rules({ roles: ['delivery-manager', 'product-manager', 'product-owner'] })).toEqual(['roles maxItems'])
  expect(
    rules({
      shares: ['retrospective', 'story-map', 'week-notes', 'daily-check-in', 'written-stand-up', 'show-and-tell'],
    }),
  ).toContain('shares maxItems')
})

test('a language is chosen once, whatever its case', () => {
  expect(
    rules({
      languages: [
        { tag: 'cy', level: 'easy' },
        { tag: 'cy', level: 'slow' },
      ],
    }),
  ).toEqual(['languages uniqueItems'])
  expect(isLanguageTag('pt-BR')).toBe(true)
  expect(isLanguageTag('pt-br')).toBe(false)
  expect(isLanguageTag('x')).toBe(false)
})

test('a link is a whole https address of a real host, without a password in it', () => {
  expect(rules({ links: ['https://north.example/asha'] })).toEqual([])
  for (const bad of [
    'http://north.example',
    'north.example',
    'https://localhost/x',
    'https://asha:secret@north.example',
    'javascript:alert(1)',
    'https://',
  ]) {
    expect(new Set(rules({ links: [bad] }).map((rule) => rule.split(' ')[0]))).toEqual(new Set(['links']))
  }
})

test('a working day ends after it begins, and its spans do not overlap', () => {
  expect(rules({ workingPattern: officeWeek })).toEqual([])
  expect(rules({ workingPattern: { monday: [{ from: '17:00', to: '09:00' }] } })).toEqual(['workingPattern order'])
  expect(
    rules({
      workingPattern: {
        monday: [
          { from: '09:00', to: '12:00' },
          { from: '11:30', to: '15:00' },
        ],
      },
    }),
  ).toEqual(['workingPattern order'])
  expect(rules({ workingPattern: { monday: [{ from: '09:15', to: '12:00' }] } })).toEqual(['workingPattern pattern'])
})

test('whatever may be said can be said again, unchanged, and a complete profile follows its schema', () => {
  fc.assert(
    fc.property(arbitraryFields, (fields) => {
      const said = { ...asha, ...fields, roleInWords: undefined }
      const once = withPart({}, said)
      expect(withPart(once, once)).toEqual(once)
      expect(() => parse('profile', once)).not.toThrow()
    }),
  )
})
