import fc from 'fast-check'
import { asHandle, handleProblem, handlesFor } from '../../src/profile/handle.ts'

test('a handle is 3 to 30 small letters, numbers or underscores', () => {
  for (const good of ['asha', 'asha_rao', 'a11', 'x'.repeat(30)]) expect(handleProblem(good)).toBeUndefined()
  for (const bad of ['ab', 'Asha', 'asha.rao', 'asha-rao', 'siân', 'asha rao', 'x'.repeat(31), '@asha'])
    expect(handleProblem(bad)).toBe('pattern')
  expect(handleProblem('')).toBe('required')
})

test('nobody can be called like the node, its actors or its administrators', () => {
  for (const taken of ['directory', 'actor', 'admin', 'administrator', 'node', 'moderator', 'support', 'api'])
    expect(handleProblem(taken)).toBe('reserved')
})

test('a handle may be typed with its @ and in capitals', () => {
  expect(asHandle(' @Asha_Rao ')).toBe('asha_rao')
})

test('a name suggests its plain letters, then the same with a number', () => {
  expect(handlesFor('Siân O’Neill-Jones').slice(0, 2)).toEqual(['sian_oneill_jones', 'sian_oneill_jones_2'])
  expect(handlesFor('Łucja Sørensen')[0]).toBe('lucja_sorensen')
  expect(handlesFor('Al')[0]).toBe('al_2')
  expect(handlesFor('Admin')[0]).toBe('admin_2')
  expect(handlesFor('Олена')).toEqual([])
})

test('every suggestion can be had, whatever the name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (name) => {
      for (const handle of handlesFor(name)) expect(handleProblem(handle)).toBeUndefined()
    }),
  )
})
