import { day, hour, later, minute } from '../../src/common/clock.ts'
import { firstDay, prepare, type Ground } from './ground.ts'
import { breach, linkOf, newModel, take, type Model } from './model.ts'
import { play } from './play.ts'
import { scheduleOf } from './steps.ts'

test('a seed is a schedule: the same one the same, another one another', () => {
  expect(scheduleOf(7, 40)).toEqual(scheduleOf(7, 40))
  expect(scheduleOf(7, 40)).not.toEqual(scheduleOf(8, 40))
  expect(scheduleOf(7, 40)).toHaveLength(40)
})

describe('the promise, as the soak holds nodes to it', () => {
  const readers = new Map([['south', 1]])
  const own = { handle: 'asha', introduction: 'life 1', isListed: true, isOpen: false, hiddenFrom: [] }
  const shown = { handle: 'asha', life: 1, isOpen: false }
  const at = (time: Date, change: (model: Model) => void = () => undefined): string | undefined => {
    const model = newModel(firstDay, ['asha'])
    take(model, 0, own, readers, firstDay)
    model.now = later(firstDay, minute)
    take(model, 0, { ...own, isListed: false }, readers, model.now)
    change(model)
    model.now = time
    return breach(model, 1, 0, shown, true)
  }
  const lost = (model: Model): void => {
    linkOf(model, 1, 0).heardSince = undefined
  }
  const cut = (model: Model): void => {
    Object.assign(linkOf(model, 1, 0), { goodSince: undefined, heardSince: undefined, freshSince: undefined })
  }

  test('at once where both are reachable', () => {
    expect(at(later(firstDay, minute))).toMatch('at once')
  })

  test('within the hour where a message was lost', () => {
    expect(at(later(firstDay, hour), lost)).toBeUndefined()
    expect(at(later(firstDay, hour + minute), lost)).toMatch('within the hour')
  })

  test('within seven days where one is cut off, and never past the lease', () => {
    expect(at(later(firstDay, 7 * day - minute), cut)).toBeUndefined()
    expect(at(later(firstDay, 7 * day), cut)).toMatch('past the lease')
  })

  test('what was never for a node is nothing that it may show', () => {
    const model = newModel(firstDay, ['asha'])
    take(model, 0, { ...own, hiddenFrom: ['south'] }, readers, firstDay)
    expect(breach(model, 1, 0, shown, true)).toMatch('was never for')
    expect(breach(model, 2, 0, shown, true)).toBeUndefined()
  })
})

describe('five short schedules', () => {
  let ground: Ground | undefined

  beforeAll(async () => {
    const serverUrl = process.env['SIDEWAYS_TEST_SERVER']
    const template = process.env['SIDEWAYS_TEST_TEMPLATE']
    ground = await prepare({ hear: () => undefined, ...(serverUrl && template ? { on: { serverUrl, template } } : {}) })
  }, 300_000)

  afterAll(() => ground?.end())

  test.each([1, 2, 3, 4, 5])(
    'the promise holds, seed %i',
    async (seed) => {
      if (!ground) throw new Error('there are no nodes')
      const { wrong, trace } = await play(ground, seed, 15)
      expect({ wrong, trace: wrong.length > 0 ? trace : [] }).toEqual({ wrong: [], trace: [] })
    },
    120_000,
  )
})
