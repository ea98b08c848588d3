import fc from 'fast-check'
import {
  choicesOf,
  defaultLevel,
  fieldNames,
  identifies,
  isComplete,
  levelOf,
  shownAt,
  withheldFrom,
  type Audience,
  type Level,
  type ProfileFields,
  type ReaderLevel,
} from '../../src/profile/profile.ts'
import { fieldGroups } from '../../src/profile/audience.ts'
import { firstQuestions, furtherQuestions, missing, questionAfter } from '../../src/profile/questions.ts'
import { arbitraryFields, asha } from './people.ts'

const readers: readonly ReaderLevel[] = [3, 4, 5]
// Any level in any field, as an old or a broken row might have it.
const arbitraryAudience: fc.Arbitrary<Audience> = fc.dictionary(
  fc.constantFrom(...fieldNames),
  fc.constantFrom<Level>(0, 1, 3, 4, 5),
)

test('nobody is ever shown a field that is above her level, whatever was said and chosen', () => {
  fc.assert(
    fc.property(arbitraryFields, arbitraryAudience, fc.constantFrom(...readers), (fields, audience, reader) => {
      const shown = shownAt(reader, fields, audience)
      for (const field of fieldNames) {
        const expected = fields[field] !== undefined && levelOf(audience, field) >= reader
        expect(field in shown).toBe(expected)
        if (expected) expect(shown[field]).toEqual(fields[field])
      }
    }),
  )
})

test('whoever sees less sees nothing that others do not: the web within partner nodes within this node', () => {
  fc.assert(
    fc.property(arbitraryFields, arbitraryAudience, (fields, audience) => {
      const [here, partners, everyone] = readers.map((reader) => Object.keys(shownAt(reader, fields, audience)))
      expect(here).toEqual(expect.arrayContaining(partners ?? []))
      expect(partners).toEqual(expect.arrayContaining(everyone ?? []))
    }),
  )
})

test('what is only for its owner, a chat partner or this node never leaves the node', () => {
  fc.assert(
    fc.property(arbitraryFields, arbitraryAudience, (fields, audience) => {
      const leaves = Object.keys(shownAt(4, fields, audience))
      expect(leaves.filter((field) => levelOf(audience, field as keyof ProfileFields) <= 3)).toEqual([])
      for (const field of ['timeZone', 'workingPattern', 'holidayRegion', 'addressMe', 'timeInRole'])
        expect(leaves).not.toContain(field)
    }),
  )
})

test('a person who has chosen nothing keeps her job title and town on this node, and nothing but links for the web', () => {
  const whole = { ...asha, jobTitle: 'Delivery lead', place: 'Northford', links: ['https://north.example/asha'] }
  expect(Object.keys(shownAt(5, whole, {}))).toEqual(['links'])
  expect(shownAt(4, whole, {}).jobTitle).toBeUndefined()
  expect(shownAt(4, whole, {}).displayName).toBe('Asha Rao')
  expect(shownAt(3, whole, {})).toMatchObject({ jobTitle: 'Delivery lead', place: 'Northford' })
})

test('every field has a default audience that it may have, one group, and one question', () => {
  const asked = [...firstQuestions, ...furtherQuestions].flatMap((one): readonly string[] => one.fields)
  expect(asked.toSorted()).toEqual([...fieldNames].toSorted())
  expect(fieldGroups.flat().toSorted()).toEqual([...fieldNames].toSorted())
  for (const field of fieldNames) expect(choicesOf(field)).toContain(defaultLevel(field))
  for (const group of fieldGroups)
    for (const field of group) {
      expect(defaultLevel(field)).toBe(defaultLevel(group[0]))
      expect(choicesOf(field)).toEqual(choicesOf(group[0]))
    }
})

test('a profile is complete exactly when no question is missing', () => {
  fc.assert(
    fc.property(arbitraryFields, (fields) => {
      expect(isComplete(fields)).toBe(missing(fields).length === 0)
    }),
  )
  expect(isComplete(asha)).toBe(true)
  expect(missing({}).map(({ slug }) => slug)).toEqual(['name', 'role', 'organisation', 'languages'])
})

test('the way leads to the next question without an answer, and at last to the answers', () => {
  const [name] = firstQuestions
  expect(questionAfter(name, { displayName: 'Asha' })?.slug).toBe('role')
  expect(questionAfter(name, { displayName: 'Asha', roleInWords: 'Everything' })?.slug).toBe('only-one')
  expect(
    questionAfter(name, { displayName: 'Asha', roleInWords: 'Everything', onlyOne: 'none', organisation: 'North' })
      ?.slug,
  ).toBe('organisation')
  expect(questionAfter(firstQuestions[7], {})).toBeUndefined()
  expect(questionAfter(furtherQuestions[0], {})).toBeUndefined()
})

test('only one, with role and organisation, points to one person; without one of them it does not', () => {
  expect(identifies(asha)).toBe(true)
  expect(identifies({ ...asha, onlyOne: 'none' })).toBe(false)
  const { organisation: _, ...elsewhere } = asha
  expect(identifies(elsewhere)).toBe(false)
  expect(identifies(shownAt(5, asha, { onlyOne: 5, roles: 5 }))).toBe(false)
})

test('without name, role or organisation nobody is found, and the owner is told which', () => {
  expect(withheldFrom(4, asha, {})).toEqual([])
  expect(withheldFrom(5, asha, {})).toEqual(['displayName', 'organisation', 'roles'])
  expect(withheldFrom(5, asha, { displayName: 5, organisation: 5, roles: 5 })).toEqual([])
  const { roles: _, ...own } = { ...asha, roleInWords: 'Keeper of lists' }
  expect(withheldFrom(4, own, { roleInWords: 3 })).toEqual(['roleInWords'])
})
