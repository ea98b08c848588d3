import { gathering } from '../../src/federation/gathering.ts'

function aPlaceToAsk() {
  const questions: (readonly string[])[] = []
  const look = gathering(async (keys: readonly string[]) => {
    questions.push(keys)
    if (keys.includes('broken')) throw new Error('no answer')
    return new Map(keys.filter((key) => key !== 'unknown').map((key) => [key, key.toUpperCase()]))
  })
  return { questions, look }
}

test('questions that come together are asked as one, and each gets its own answer', async () => {
  const { questions, look } = aPlaceToAsk()
  expect(await Promise.all([look('a'), look('b'), look('unknown'), look('a')])).toEqual(['A', 'B', undefined, 'A'])
  expect(questions).toEqual([['a', 'b', 'unknown']])
})

test('nothing is remembered: a later question is asked again', async () => {
  const { questions, look } = aPlaceToAsk()
  await look('a')
  await look('a')
  expect(questions).toEqual([['a'], ['a']])
})

test('a failure is told to all whom the question was for, and to nobody later', async () => {
  const { look } = aPlaceToAsk()
  const together = await Promise.allSettled([look('a'), look('broken')])
  expect(together.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await look('a')).toBe('A')
})

test('many do not wait for one another without end', async () => {
  const { questions, look } = aPlaceToAsk()
  const keys = Array.from({ length: 100 }, (_, number) => `k${number}`)
  expect(await Promise.all(keys.map(look))).toEqual(keys.map((key) => key.toUpperCase()))
  expect(Math.max(...questions.map(({ length }) => length))).toBeLessThanOrEqual(16)
})
