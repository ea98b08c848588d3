// kill -9 of either node at each step of a chat. Each node is a process of its own.
import { day, hour, later, minute } from '../../../src/common/clock.ts'
import type { Place } from '../../soak/ground.ts'
import type { Deed, FaultPoint } from '../../support/node-child-words.ts'
import { at, firstDay, settled, twoNodes } from '../faults/places.ts'

const nodes = twoNodes()
const inbox = '/ap/people/[^/]+/inbox'
// The record of a chat, as the one who hears of it writes it.
const record = 'insert into chat \\(|update chat set'

const senderDies: readonly (readonly [string, Omit<FaultPoint, 'nth'>])[] = [
  ['before it speaks', { when: 'asking', path: inbox, dies: 'now' }],
  ['when it was answered', { when: 'answered', path: inbox, dies: 'now' }],
  ['before it has written down that it was heard', { when: 'answered', path: inbox, dies: 'before-commit' }],
  ['when it has just written that down', { when: 'answered', path: inbox, dies: 'after-commit' }],
]
const hearerDies: readonly (readonly [string, Omit<FaultPoint, 'nth'>])[] = [
  ['when it is spoken to', { when: 'serving', path: inbox, dies: 'now' }],
  ['before it has kept what it heard', { when: 'serving', path: inbox, dies: 'before-commit' }],
  ['when it has kept what it heard, and not said so', { when: 'serving', path: inbox, dies: 'after-commit' }],
  ['before it has done what it heard', { when: 'writing', path: record, dies: 'before-commit' }],
  ['when it has just done what it heard', { when: 'writing', path: record, dies: 'after-commit' }],
]
const deaths = [
  ...senderDies.map(([when, point]) => ({ who: 'who speaks', when, point, isSender: true })),
  ...hearerDies.map(([when, point]) => ({ who: 'who hears', when, point, isSender: false })),
]

let time = firstDay

beforeAll(async () => {
  const { ground, north, south } = nodes
  await ground.begin()
  await north.child.act({ deed: 'publish', person: 'north_1' })
  await south.child.act({ deed: 'publish', person: 'south_1' })
  await south.child.act({ deed: 'open', person: 'south_1' })
  await settled(north, south)
}, 120_000)

const columns = `offer, context, standing, plan_version, plan_by, plan_from, plan_until, asker_edition, asker_place, asked_edition,
  asked_place, lapses_at, made_at, ends_at`
const records = ({ child }: Place) => child.tell('sql', `select ${columns} from chat order by made_at desc limit 1`)

/** Does it, with a death at that point, and brings back whoever died; everything is said in the end, and both nodes say the same. */
async function throughDeath(
  speaker: Place,
  hearer: Place,
  deed: Deed,
  { point, isSender }: (typeof deaths)[number],
  standing: string,
) {
  const dying = isSender ? speaker : hearer
  await speaker.child.act(deed) // before the point is set: it writes the same record
  await dying.child.tell('dieAt', { ...point, nth: 1 })
  await settled(speaker, hearer)
  expect(dying.child.isUp()).toBe(false)
  time = later(time, 10 * minute)
  await dying.child.start(time)
  for (let round = 0; round < 2; round += 1) {
    time = later(time, 10 * minute)
    await at(time, speaker, hearer)
    await settled(speaker, hearer)
  }
  const truth = await records(speaker)
  expect(truth).toMatchObject([{ standing }])
  expect(await records(hearer)).toEqual(truth)
  for (const { child } of [speaker, hearer]) expect(await child.tell('sql', 'select 1 from chat_message')).toEqual([])
}

test.each(deaths)(
  'of $who $when: both nodes come to say the same of a request, a yes, a move and a call off',
  async (death) => {
    const { north, south } = nodes
    time = later(time, day)
    await at(time, north, south)
    await settled(north, south)
    for (const { child } of [north, south]) await child.tell('sql', 'delete from chat_tally')
    const from = later(time, 5 * day - (time.getTime() % hour))
    await throughDeath(north, south, { deed: 'ask', person: 'north_1', whom: 'south_1', from }, death, 'requested')
    await throughDeath(south, north, { deed: 'say-yes', person: 'south_1', from }, death, 'arranged')
    await throughDeath(north, south, { deed: 'move', person: 'north_1', from: later(from, day) }, death, 'arranged')
    await throughDeath(south, north, { deed: 'call-off', person: 'south_1' }, death, 'called-off')
  },
  120_000,
)
