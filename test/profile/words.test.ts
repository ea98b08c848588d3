import { schemaOf } from '../../src/common/parse.ts'
import { InvalidInput } from '../../src/common/errors.ts'
import { languages, loadWords, type Words } from '../../src/common/words.ts'
import { withPart } from '../../src/profile/checking.ts'
import { fieldNames, type Field } from '../../src/profile/profile.ts'
import { firstQuestions, furtherQuestions } from '../../src/profile/questions.ts'
import { sentence } from '../../src/web/form.ts'
import { asha } from './people.ts'

let words: Words
beforeAll(async () => {
  words = await loadWords(true)
})

// Wrong answers of every kind, for every field: what a form, an import or an old row might hold.
const wrong: readonly unknown[] = [
  'x'.repeat(500),
  '\u0007',
  '',
  undefined,
  7,
  'nonsense',
  ['nonsense'],
  ['a', 'a'],
  Array.from({ length: 9 }, (_, index) => `x${index}`),
  [{ tag: 'en' }],
  [{ tag: 'en', level: 'never' }],
  { monday: 'all day' },
  { someday: [] },
  [7],
  ['x'.repeat(300)],
]

test('whatever is wrong with an answer, there is a sentence for it in both languages, with nothing left to fill in', () => {
  const seen = new Set<string>()
  for (const field of fieldNames)
    for (const answer of wrong) {
      try {
        withPart(asha, { [field]: answer })
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error
        for (const problem of error.problems)
          for (const language of languages) {
            const text = sentence(problem, words, words.in(language))
            expect(text).not.toMatch(/\{\{|errors:|undefined/)
            expect(text.charAt(0)).toBe(text.charAt(0).toUpperCase())
            expect(words.has(`errors:names.${problem.field.split('/')[0]}`)).toBe(true)
            seen.add(`${problem.field.split('/')[0]} ${problem.rule}`)
          }
      }
    }
  expect(seen.size).toBeGreaterThan(40)
})

test('every rule of the schema, the questions and the handle has its sentence', () => {
  const properties = schemaOf('profile')['properties'] as Record<Field, Record<string, unknown>>
  const rules = [
    'minLength',
    'maxLength',
    'pattern',
    'enum',
    'type',
    'format',
    'maxItems',
    'minItems',
    'uniqueItems',
    'unknown',
    'audience',
    'required',
    'choose',
  ]
  for (const rule of rules) expect(words.has(`errors:rules.${rule}`)).toBe(true)
  for (const field of Object.keys(properties)) expect(words.has(`errors:names.${field}`)).toBe(true)
  for (const { needs } of [...firstQuestions, ...furtherQuestions])
    for (const { oneOf, rule } of needs) expect(words.has(`errors:fields.${oneOf[0]}.${rule}`)).toBe(true)
  for (const rule of ['required', 'pattern', 'reserved', 'taken', 'retired', 'out'])
    expect(words.has(`errors:fields.handle.${rule}`)).toBe(true)
  expect(words.has('errors:fields.onlyOneInPublic.required')).toBe(true)
})

test('every question and every field has its words', () => {
  for (const { slug } of [...firstQuestions, ...furtherQuestions])
    for (const part of ['title', 'hint']) expect(words.has(`profile:ask.${slug}.${part}`)).toBe(true)
  for (const field of fieldNames) expect(words.has(`profile:fields.${field}`)).toBe(true)
})
