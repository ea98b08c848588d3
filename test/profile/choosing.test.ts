import { choices, languageChoices } from '../../src/profile/choosing.ts'
import { isLanguageTag } from '../../src/profile/checking.ts'

const found = (list: 'roles' | 'practices', typed: string, language: 'en' | 'cy' = 'en') =>
  choices(list, typed, language).flatMap(({ members }) => members.filter((member) => member.found))

test('a role is found by any title for the job, and says which', () => {
  expect(found('roles', 'head of product')).toEqual([
    expect.objectContaining({ id: 'product-manager', alsoCalled: 'Head of product' }),
  ])
  expect(found('roles', 'Product MANAGER')[0]).toMatchObject({ id: 'product-manager', alsoCalled: undefined })
})

test('words are found from their beginning, in either language, with or without accents', () => {
  expect(found('roles', 'rheol cynn').map(({ id }) => id)).toContain('product-manager')
  expect(found('practices', 'week no').map(({ id }) => id)).toEqual(['week-notes'])
  expect(found('practices', 'ZZZ')).toEqual([])
})

test('without words the whole list is there, family by family, in the language of the reader', () => {
  const families = choices('practices', '', 'cy')
  expect(families[0]?.label).toBe('Rhythm ac arferion rheolaidd')
  expect(families.every(({ members }) => members.length > 0 && members.every((member) => member.found))).toBe(true)
})

test('every language on offer can be saved', () => {
  const offered = languageChoices('cy')
  expect(offered.length).toBeGreaterThan(150)
  expect(offered.filter(({ tag }) => !isLanguageTag(tag))).toEqual([])
  expect(offered).toContainEqual({ tag: 'cy', name: 'Cymraeg' })
})
