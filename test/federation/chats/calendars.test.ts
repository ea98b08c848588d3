import { callOff, move } from '../../../src/chats/actions.ts'
import { chooseLanguage } from '../../../src/accounts/actions.ts'
import type { Mail } from '../../../src/common/mail.ts'
import { saveFields } from '../../../src/profile/actions.ts'
import { subscribe } from '../../partners/people.ts'
import { readByBoth } from '../../support/calendar.ts'
import { agreed, asked, chatIdOf } from '../../support/chats.ts'
import { aPair, aSide, carried, type Pair, type Side } from './two.ts'

// One chat, two nodes, two clocks that change on different days: what comes by mail on each side.

let [north, south]: Side[] = []
let pair: Pair

const half = (from: string) => ({ from: new Date(from), until: new Date(Date.parse(from) + 30 * 60_000) })
// New York changes on 14 March, London on 28 March.
const [before, between, after] = ['2027-03-12T14:00:00Z', '2027-03-16T14:00:00Z', '2027-03-30T14:00:00Z'].map(half)

beforeAll(async () => {
  north = await aSide('North Council')
  south = await aSide('South Hospice')
  north.time = south.time = new Date('2027-03-09T09:00:00Z')
  await subscribe(north, south)
  await subscribe(south, north)
  pair = await aPair({ north, south })
  await saveFields(south.app, pair.ben.id, { timeZone: 'America/New_York', country: 'US' })
  await carried(north, south)
})

/** What each of the two got by mail last, with the event in it as two parsers read it. */
async function mailed() {
  if (!north || !south) throw new Error('no nodes')
  await carried(north, south)
  const newest = ({ mails }: Side, handle: string): Mail => {
    const found = mails.findLast(({ to }) => to === `${handle}@north.example`)
    if (!found?.calendar) throw new Error(`no event for ${handle}`)
    return found
  }
  const [hers, his] = [newest(north, pair.asha.handle), newest(south, pair.ben.handle)]
  return {
    hers: { text: hers.text, event: readByBoth(hers.calendar?.text ?? '') },
    his: { text: his.text, event: readByBoth(his.calendar?.text ?? '') },
  }
}

test('both calendars have one event at one moment, and each mail says it by its own clock, before and after either changes', async () => {
  if (!north || !south || !before || !between || !after) throw new Error('no nodes')
  const id = await asked(north, pair.asha, pair.names.ben, [before])
  await carried(north, south)
  await agreed(south, pair.ben, before)
  const first = await mailed()
  expect(first.hers.event).toMatchObject({ ...before, method: 'REQUEST', organizer: first.his.event.organizer })
  expect(first.his.event).toMatchObject({ ...before, uid: first.hers.event.uid, sequence: first.hers.event.sequence })
  expect(first.hers.text).toContain('Friday 12 March, 14:00 to 14:30 by your clock (London)')
  expect(first.his.text).toContain(
    'Friday 12 March, 09:00 to 09:30 by your clock (New York). United Kingdom: 14:00 to 14:30',
  )

  await move(north.app, pair.asha.id, id, between)
  const moved = await mailed()
  expect(moved.hers.event).toMatchObject({ ...between, uid: first.hers.event.uid })
  expect(moved.his.event).toMatchObject({ ...between, uid: first.hers.event.uid })
  expect(moved.hers.text).toContain('Tuesday 16 March, 14:00 to 14:30 by your clock (London)')
  expect(moved.his.text).toContain('Tuesday 16 March, 10:00 to 10:30 by your clock (New York)')

  await chooseLanguage(south.app, pair.ben, 'cy')
  await move(south.app, pair.ben.id, await chatIdOf(south, pair.ben), after)
  const again = await mailed()
  expect([again.hers.event.from, again.his.event.from]).toEqual([after.from, after.from])
  expect(again.hers.event.sequence).toBe(again.his.event.sequence)
  expect(again.hers.text).toContain('Tuesday 30 March, 15:00 to 15:30 by your clock (London)')
  expect(again.his.text).toContain('Dydd Mawrth, 30 Mawrth, 10:00 tan 10:30')

  await callOff(north.app, pair.asha.id, id)
  const off = await mailed()
  for (const { event } of [off.hers, off.his]) {
    expect(event).toMatchObject({ ...after, method: 'CANCEL', uid: first.hers.event.uid, status: 'CANCELLED' })
    expect(Number(event.sequence)).toBeGreaterThan(Number(again.hers.event.sequence))
  }
})
