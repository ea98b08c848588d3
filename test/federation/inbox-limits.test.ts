import { assert, property, jsonValue, string } from 'fast-check'
import { hour, minute } from '../../src/common/clock.ts'
import { countsOf, gate, newcomers, registrableDomain } from '../../src/federation/inbox-limits.ts'
import { deepest, isWithinBounds, mostValues, readActivity } from '../../src/federation/received.ts'

describe('counting what many do', () => {
  test('lets so many through in a time, then says how long to wait, each by its own name', () => {
    const clock = { at: 0 }
    const counts = countsOf(2, minute, () => clock.at)
    expect([counts.take('a'), counts.take('a'), counts.take('a'), counts.take('b')]).toEqual([
      undefined,
      undefined,
      60,
      undefined,
    ])
    clock.at = 59_500
    expect(counts.take('a')).toBe(1)
    clock.at = minute
    expect(counts.take('a')).toBeUndefined()
  })

  test('keeps so many names and no more', () => {
    const counts = countsOf(1, minute, () => 0, 3)
    for (const name of ['a', 'b', 'c', 'd']) expect(counts.take(name)).toBeUndefined()
    expect(counts.take('d')).toBe(60)
    expect(counts.take('a')).toBeUndefined() // pushed out by d
  })
})

describe('who comes for the first time', () => {
  test('ten hosts below one registrable domain in an hour; known ones and other domains are not concerned', () => {
    const clock = { at: 0 }
    const quota = newcomers(() => clock.at)
    for (let number = 0; number < 10; number += 1)
      expect(quota.take(`n${number}.hostile.example`, false)).toBeUndefined()
    expect(quota.take('n10.hostile.example', false)).toBe(3600)
    expect(quota.take('n3.hostile.example', false)).toBeUndefined() // it is one of the ten
    expect(quota.take('n11.hostile.example', true)).toBeUndefined()
    expect(quota.take('kind.example', false)).toBeUndefined()
    clock.at = hour
    expect(quota.take('n10.hostile.example', false)).toBeUndefined()
  })

  test.each([
    ['www.south.gov.uk', 'south.gov.uk'],
    ['south.gov.uk', 'south.gov.uk'],
    ['a.b.social.example', 'social.example'],
    ['social.example', 'social.example'],
    ['x.y.com.au', 'y.com.au'],
    ['a.abc.io', 'abc.io'],
    ['localhost', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
    ['[2001:db8::1]', '[2001:db8::1]'],
  ])('%s is registered as %s', (hostname, domain) => {
    expect(registrableDomain(hostname)).toBe(domain)
  })
})

test('so many are fetched at one time, of one host and of all; whoever leaves makes room', () => {
  const door = gate(2, 3)
  const leave = door.enter('a')
  expect(door.enter('a')).toBeDefined()
  expect(door.enter('a')).toBeUndefined()
  expect(door.enter('b')).toBeDefined()
  expect(door.enter('c')).toBeUndefined()
  leave?.()
  expect(door.enter('a')).toBeDefined()
})

describe('the bounds of a body', () => {
  // By walking, which is what nobody may do before.
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
  const valuesIn = (value: unknown): number =>
    1 +
    (typeof value === 'object' && value !== null
      ? Object.values(value).reduce<number>((sum, one) => sum + valuesIn(one), 0)
      : 0)

  test('are told by brackets and commas alone, and rightly, for any JSON', () => {
    assert(
      property(jsonValue({ maxDepth: 40 }), (value) => {
        const isWithin = depthOf(value) <= deepest && valuesIn(value) <= mostValues
        expect(isWithinBounds(JSON.stringify(value))).toBe(isWithin)
        expect(isWithinBounds(JSON.stringify(value, null, 2))).toBe(isWithin)
      }),
      { numRuns: 300 },
    )
  })

  test('brackets, commas and quotes in texts count for nothing', () => {
    const text = `${'['.repeat(100)},,\\"{`
    expect(isWithinBounds(JSON.stringify({ text, [text]: 1 }))).toBe(true)
  })

  test('at their edges', () => {
    expect(isWithinBounds('['.repeat(32) + ']'.repeat(32))).toBe(true)
    expect(isWithinBounds('['.repeat(33) + ']'.repeat(33))).toBe(false)
    expect(isWithinBounds(JSON.stringify(Array.from({ length: 9_999 }, () => 0)))).toBe(true)
    expect(isWithinBounds(JSON.stringify(Array.from({ length: 10_000 }, () => 0)))).toBe(false)
    expect(isWithinBounds('['.repeat(200_000))).toBe(false)
  })

  test('and whatever text comes, reading it never throws', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(readActivity(text, new Date(0))).toBeUndefined()
      }),
    )
  })
})
