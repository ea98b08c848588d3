import * as fc from 'fast-check'
import { isSameLimit, isWider, noLimit, type Limit } from '../../src/partners/limit.ts'

describe('a limit', () => {
  const anyLimit: fc.Arbitrary<Limit> = fc.record({
    hosts: fc.uniqueArray(fc.constantFrom('a.example', 'b.example'), { maxLength: 2 }),
    countries: fc.option(fc.uniqueArray(fc.constantFrom('GB', 'IE', 'DE'), { minLength: 1 })),
  })
  const lets = ({ hosts, countries }: Limit, host: string, country: string | null): boolean =>
    !hosts.includes(host) && (countries === null || (country !== null && countries.includes(country)))

  test('is wider than another whenever somebody whom that one kept away may come in', () => {
    const anybody = fc.tuple(
      fc.constantFrom('a.example', 'b.example', 'c.example'),
      fc.constantFrom('GB', 'IE', 'DE', 'FR', null),
    )
    fc.assert(
      fc.property(anyLimit, anyLimit, anybody, (before, after, [host, country]) => {
        if (!lets(before, host, country) && lets(after, host, country)) expect(isWider(before, after)).toBe(true)
      }),
    )
  })

  test('is not wider than itself, nor than no limit at all', () => {
    fc.assert(
      fc.property(anyLimit, (limit) => {
        expect([isWider(limit, limit), isWider(noLimit, limit), isSameLimit(limit, limit)]).toEqual([
          false,
          false,
          true,
        ])
      }),
    )
  })
})
