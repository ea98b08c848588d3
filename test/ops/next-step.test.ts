import fc from 'fast-check'
import { nextStep } from '../../src/ops/next-step.ts'
import { paths } from '../../src/common/paths.ts'

it('somebody who has said nothing begins with her answers', () => {
  expect(nextStep({ begun: false, complete: false, listed: false, flag: 'closed' })).toEqual({
    step: 'begin',
    href: paths.myProfile,
  })
})

it('somebody whose flag lapsed may open it again', () => {
  expect(nextStep({ begun: true, complete: true, listed: true, flag: 'lapsed' })).toEqual({
    step: 'open',
    href: paths.flag,
  })
})

it('nobody is sent to the flag before she is listed, and nobody to the listing before her answers are complete', () => {
  const standing = fc.record({
    begun: fc.boolean(),
    complete: fc.boolean(),
    listed: fc.boolean(),
    flag: fc.constantFrom('closed' as const, 'open' as const, 'paused' as const, 'lapsed' as const, 'full' as const),
  })
  fc.assert(
    fc.property(standing, (one) => {
      const { href } = nextStep(one)
      if (href === paths.flag) expect(one.listed && one.complete).toBe(true)
      if (href === paths.myListing) expect(one.complete).toBe(true)
    }),
  )
})
