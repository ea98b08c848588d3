import fc from 'fast-check'
import { day, hour, later, minute } from '../../src/common/clock.ts'
import { heldCopy, outlook, takenCopy, type CopyState } from '../../src/listing/holders.ts'

const start = new Date('2026-11-22T09:00:00Z')
const moments = fc.integer({ min: 0, max: 30 * 24 * 60 }).map((minutes) => later(start, minutes * minute))

test('a copy that was taken back and never confirmed is waited for for seven days, and has ended then', () => {
  fc.assert(
    fc.property(moments, moments, (from, now) => {
      const { state } = takenCopy(null, from, now)
      expect(state).toBe(now.getTime() < from.getTime() + 7 * day ? 'waiting' : 'ended')
    }),
  )
})

test('a node that never asked again is said to hold nothing only once no statement that it has can be valid', () => {
  fc.assert(
    fc.property(
      moments,
      fc.integer({ min: 0, max: 5 * 60 }),
      moments,
      fc.boolean(),
      (kept, seconds, now, confirmed) => {
        // The last poll may be five minutes younger than what was kept of it, and its statement as young as that poll.
        const leaseEnd = later(kept, seconds * 1000 + 7 * day)
        const copy = heldCopy({ confirmed, lastPoll: kept }, null, now)
        if (copy.state === 'silent') expect(now >= leaseEnd).toBe(true)
        if (copy.state === 'older') expect(copy.at >= leaseEnd).toBe(true)
      },
    ),
  )
})

test('a node that has not asked since a listing is there has not fetched it', () => {
  const poll = later(start, -hour)
  expect(heldCopy({ confirmed: false, lastPoll: null }, start, start)).toEqual({ state: 'unread' })
  expect(heldCopy({ confirmed: false, lastPoll: poll }, start, start)).toEqual({ state: 'unread' })
  expect(heldCopy({ confirmed: false, lastPoll: poll }, null, start)).toMatchObject({ state: 'older', asked: poll })
  expect(heldCopy({ confirmed: true, lastPoll: poll }, start, start)).toEqual({ state: 'holds', at: poll })
})

test('the outlook names the last end of all, and says settled only when nothing is open', () => {
  const waiting = (at: Date): CopyState => ({ state: 'waiting', at })
  const gone: CopyState = { state: 'gone', at: start }
  expect(outlook([])).toEqual({ what: 'nobody' })
  expect(outlook([gone, { state: 'hidden' }, { state: 'silent', at: start }])).toEqual({ what: 'settled' })
  expect(outlook([gone, waiting(later(start, day)), waiting(start)])).toEqual({
    what: 'waiting',
    until: later(start, day),
  })
  expect(outlook([gone, { state: 'unread' }])).toEqual({ what: 'waiting', until: undefined })
})
