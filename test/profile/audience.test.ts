import { InvalidInput } from '../../src/common/errors.ts'
import { withChoices, widened } from '../../src/profile/audience.ts'
import { levelOf } from '../../src/profile/profile.ts'

function refused(work: () => unknown): readonly string[] {
  try {
    work()
    return []
  } catch (error) {
    if (error instanceof InvalidInput) return error.problems.map(({ field, rule }) => `${field} ${rule}`)
    throw error
  }
}

test('a choice counts for every field of its group, and defaults are not kept', () => {
  expect(withChoices({}, { levels: { roles: 5, displayName: 4, shares: 0 }, onlyOneInPublic: false })).toEqual({
    roles: 5,
    roleInWords: 5,
    shares: 0,
    sharesInWords: 0,
  })
  expect(withChoices({ roles: 5, roleInWords: 5 }, { levels: { roles: 4 }, onlyOneInPublic: false })).toEqual({})
})

test('the only-one marker is public only for somebody who said so twice', () => {
  expect(refused(() => withChoices({}, { levels: { onlyOne: 5 }, onlyOneInPublic: false }))).toEqual([
    'onlyOneInPublic required',
  ])
  expect(withChoices({}, { levels: { onlyOne: 5 }, onlyOneInPublic: true })).toEqual({ onlyOne: 5 })
  expect(withChoices({}, { levels: { onlyOne: 3 }, onlyOneInPublic: true })).toEqual({ onlyOne: 3 })
})

test('a field cannot have an audience that is not offered for it', () => {
  expect(
    refused(() =>
      withChoices(
        {},
        { levels: { timeZone: 3, workingPattern: 5, addressMe: 3, timeInRole: 4, place: 1 }, onlyOneInPublic: true },
      ),
    ).toSorted(),
  ).toEqual([
    'addressMe audience',
    'place audience',
    'timeInRole audience',
    'timeZone audience',
    'workingPattern audience',
  ])
  expect(levelOf({ timeZone: 5, addressMe: 4 }, 'timeZone')).toBe(0)
})

test('the yes to public opens what it names, never the only-one marker nor what is never shown', () => {
  expect(widened({ place: 0 }, ['displayName', 'roles', 'onlyOne', 'timeZone', 'addressMe'])).toEqual({
    place: 0,
    displayName: 5,
    roles: 5,
    roleInWords: 5,
  })
})
