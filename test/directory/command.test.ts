import { searchFromCommandLine } from '../../src/directory/command.ts'
import { indexEntries } from '../../src/directory/steps.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'

let node: TestNode

beforeAll(async () => {
  node = await aNode()
  await addOrigin(node.app.db, 7, 'south.example')
  await node.app.db.transaction((tx) =>
    indexEntries(
      tx,
      node.app.secrets.order,
      Array.from({ length: 60 }, (_, number) => ({
        originId: 7,
        audience: 'members' as const,
        document: inventedPerson(number, 'https://south.example'),
      })),
    ),
  )
})

const find = (words: string[], options: Parameters<typeof searchFromCommandLine>[1]['options'] = {}) =>
  searchFromCommandLine(node.app, { words, options })

test('the command line finds people as somebody signed in does, a line for each', async () => {
  const { cards } = await find(['zoe'], { json: true })
  expect(cards.length).toBeGreaterThan(0)
  for (const { line } of cards)
    expect(line).toMatch(/^Zoë .+: .+, .+ \(listed by south\.example(, open until \d{4}-\d\d-\d\d)?\)$/)
})

test('options are the filters of the API, and may be given more than once', async () => {
  const { cards: open } = await find([], { open: true, limit: '200' })
  const { cards: all } = await find([], { limit: '200' })
  expect(all).toHaveLength(60)
  expect(open.map(({ key }) => key)).toEqual(all.filter(({ flag }) => flag.isOpen).map(({ key }) => key))
  const { cards: two } = await find([], { country: ['GB', 'IE'], limit: '200' })
  expect(two.map(({ key }) => key)).toEqual(
    all.filter(({ organisation }) => ['GB', 'IE'].includes(organisation.country?.code ?? '')).map(({ key }) => key),
  )
  const { cards: only } = await find([], { 'only-one': true, limit: '200' })
  expect(only.map(({ key }) => key)).toEqual(all.filter(({ onlyOne }) => onlyOne !== undefined).map(({ key }) => key))
})

test('it gives twenty unless told otherwise, and says what it does not know', async () => {
  expect((await find([])).cards).toHaveLength(20)
  expect((await find([], { limit: '45' })).cards).toHaveLength(45)
  await expect(find([], { colour: 'red' })).rejects.toMatchObject({ problems: [{ field: 'colour' }] })
  await expect(find([], { limit: '0' })).rejects.toMatchObject({ problems: [{ field: 'limit' }] })
})
