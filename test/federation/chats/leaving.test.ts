// Who leaves, or whose account is closed, ends her chats on the other node too: by what she signs last, or since her listing is taken back.
import { closeAccount } from '../../../src/accounts/actions.ts'
import { accountById } from '../../../src/accounts/views.ts'
import { hour, later } from '../../../src/common/clock.ts'
import { withdraw } from '../../../src/listing/actions.ts'
import { leave } from '../../../src/partners/actions.ts'
import { hostOf, settleUndo, subscribe } from '../../partners/people.ts'
import { agreed, anOpenResident, asked } from '../../support/chats.ts'
import { listed, type Resident } from '../../support/resident.ts'
import { signIn } from '../../support/sign-in.ts'
import { aPair, aSide, carried, chatAt, readAs, twoPartners, type Side } from './two.ts'

const said = { language: 'en', channel: 'page' } as const

const ways: readonly (readonly [string, (node: Side, who: Resident) => Promise<void>])[] = [
  ['takes her listing back', (node, who) => withdraw(node.app, who, said)],
  [
    'has her account closed',
    async (node, who) => {
      const { accountId } = await signIn(node, `officer-${who.handle}@north.example`, 'administrator')
      const officer = await accountById(node.app.db, accountId)
      if (officer) await closeAccount(node.app, officer, who.id)
    },
  ],
]

/** Nothing that she says arrives; the other node reads hers each hour. */
async function goneInSilence(node: Side, other: Side, who: Resident, how: (typeof ways)[number][1]): Promise<void> {
  await how(node, who)
  node.isCut = true
  await node.settle()
  for (const one of [node, other]) one.time = later(one.time, hour)
  await other.runTimetable('partners.poll-all')
  await other.settle()
  node.isCut = false
}

test.each(ways)(
  'who was never public and %s is not waited for: her listing is gone within the hour',
  async (_, how) => {
    const two = await twoPartners()
    for (const isAsker of [true, false]) {
      const pair = await aPair(two)
      await asked(two.north, pair.asha, pair.names.ben)
      await carried(two.north, two.south)
      await agreed(two.south, pair.ben)
      await carried(two.north, two.south)
      if (isAsker) await goneInSilence(two.north, two.south, pair.asha, how)
      else await goneInSilence(two.south, two.north, pair.ben, how)
      const left = isAsker ? await chatAt(two.south, pair.ben) : await chatAt(two.north, pair.asha)
      expect(left?.state).toBe('called-off')
    }
  },
  60_000,
)

test.each(ways)(
  'where one node alone reads the other, either who %s is not waited for',
  async (_, how) => {
    const south = await aSide('South Hospice')
    const west = await aSide('West Trust')
    await subscribe(west, south) // west reads south, and south nothing of west
    for (const leaves of ['ben', 'ashley'] as const) {
      const ben = await anOpenResident(south, `ben${leaves}`, `Ben ${leaves}`)
      const ashley = await anOpenResident(west, `ash${leaves}`, `Ash ${leaves}`)
      await listed(west, ashley, ['public'])
      await carried(west, south)
      await asked(west, ashley, `Ben ${leaves}`)
      await carried(west, south)
      await agreed(south, ben)
      await carried(south, west)
      if (leaves === 'ben') {
        await goneInSilence(south, west, ben, how)
        expect((await chatAt(west, ashley))?.state).toBe('called-off')
        continue
      }
      // South knows her by her own word alone, and has forgotten her key.
      for (const one of [south, west]) one.time = later(one.time, 7 * hour)
      await how(west, ashley)
      await carried(west, south)
      expect((await chatAt(south, ben))?.state).toBe('called-off')
    }
  },
  60_000,
)

test.each(ways)(
  'once they are no partners, whoever %s is believed still, and read by nobody else',
  async (_, how) => {
    const two = await twoPartners()
    const pair = await aPair(two)
    await asked(two.north, pair.asha, pair.names.ben)
    await carried(two.north, two.south)
    await agreed(two.south, pair.ben)
    await carried(two.north, two.south)
    const actor = (await chatAt(two.south, pair.ben))?.peer.actor ?? ''
    for (const [one, other] of [
      [two.north, two.south],
      [two.south, two.north],
    ] as const) {
      await leave(one.app, hostOf(other))
      await settleUndo(one, other)
    }
    // Longer than a key is remembered.
    for (const one of [two.north, two.south]) one.time = later(one.time, 7 * hour)
    await how(two.north, pair.asha)
    expect(await readAs(await aSide('West Trust'), 'node', actor)).toBe(404)
    await carried(two.north, two.south)
    expect((await chatAt(two.south, pair.ben))?.state).toBe('called-off')
    expect(await readAs(two.south, 'node', actor)).toBe(404)
  },
  60_000,
)
