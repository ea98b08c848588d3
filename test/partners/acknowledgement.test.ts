import * as fc from 'fast-check'
import { addresses } from '../../src/common/addresses.ts'
import { day, later, minute } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { signedGet } from '../../src/federation/signed.ts'
import { isNews, meaningOf } from '../../src/partners/acknowledgement.ts'
import { leave } from '../../src/partners/actions.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { hostOf, listing, publish, settleAll, shownAt, startAfresh, subscribe, theOnly, withdraw } from './people.ts'

describe('a word about what an asker holds', () => {
  const known = { theirEpoch: 'now', epoch: 'now', seq: 10 }

  test('counts in the epoch that it names, and without one in that of the last statement that the asker was given', () => {
    const said = { have: 7, root: null }
    expect(meaningOf({ ...said, epoch: 'now' }, { ...known, theirEpoch: null })).toEqual(said)
    expect(meaningOf({ ...said, epoch: null }, known)).toEqual(said)
    expect(meaningOf({ ...said, epoch: null }, { ...known, theirEpoch: 'before' })).toBe('other-epoch')
    expect(meaningOf({ ...said, epoch: null }, { ...known, theirEpoch: null })).toBe('other-epoch')
    expect(meaningOf({ ...said, epoch: 'before' }, known)).toBe('other-epoch')
  })

  test('is believed up to our own number, and above it says that we were restored, in this epoch only', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), fc.boolean(), (have, seq, isThisEpoch) => {
        const meaning = meaningOf({ have, root: null, epoch: isThisEpoch ? 'now' : 'before' }, { ...known, seq })
        const right = have > seq ? 'we-were-restored' : { have, root: null }
        expect(meaning).toEqual(isThisEpoch ? right : 'other-epoch')
      }),
    )
  })

  test('is written down when it is new, or five minutes old', () => {
    const now = new Date('2026-11-22T09:00:00Z')
    const kept = { ...known, theirHave: 7, theirRoot: null, theirPoll: later(now, -minute) }
    const same = { have: 7, root: null, epoch: null }
    expect(isNews(same, kept, now)).toBe(false)
    expect(isNews(undefined, kept, now)).toBe(false)
    expect(isNews({ ...same, have: 8 }, kept, now)).toBe(true)
    expect(isNews({ ...same, root: 'ab' }, kept, now)).toBe(true)
    expect(isNews({ ...same, have: 11 }, kept, now)).toBe(true)
    expect(isNews(same, kept, later(now, 5 * minute))).toBe(true)
    expect(isNews(undefined, { ...kept, theirEpoch: 'before' }, now)).toBe(true)
  })
})

describe('between nodes', () => {
  let north: TestNode
  let south: TestNode
  let east: TestNode

  beforeAll(async () => {
    north = await aNode()
    south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
    east = await aNode({ settings: { SIDEWAYS_NAME: 'East College' } })
  })

  beforeEach(async () => {
    for (const node of [north, south, east]) await startAfresh(node)
    await subscribe(south, north)
    await publish(north, listing(north, 'asha01'), listing(north, 'bea001'))
    await settleAll(north, south)
  })

  const ask = async (reader: TestNode, query: string): Promise<number> =>
    (await signedGet(reader.app, 'directory', `${addresses(north.url).statement}${query}`)).status
  const epoch = async (): Promise<string> => (await theOnly<{ epoch: string }>(north, 'directory_state')).epoch
  const asNorthKnows = async (): Promise<{ have: number | null; epoch: string | null }> => {
    const [row] = await rows<{ have: number | null; epoch: string | null }>(
      north.app.db,
      'select their_have::int as have, their_epoch as epoch from partner where host = $1',
      [hostOf(south)],
    )
    return row ?? { have: null, epoch: null }
  }
  const waiting = async (): Promise<readonly string[]> =>
    (
      await rows<{ id: string }>(
        north.app.db,
        'select listing_id as id from withdrawal_holder where confirmed_at is null order by 1',
      )
    ).map(({ id }) => id.slice(-6))

  test('a partner is taken at its word for the epoch of the statement that it was given, and for the one that it names', async () => {
    expect(await asNorthKnows()).toEqual({ have: 2, epoch: await epoch() })
    await ask(south, '?have=1')
    expect(await asNorthKnows()).toMatchObject({ have: 1 })
    await ask(south, '?have=2&epoch=another')
    expect(await asNorthKnows()).toEqual({ have: null, epoch: await epoch() })
    await ask(south, `?have=2&epoch=${await epoch()}`)
    expect(await asNorthKnows()).toMatchObject({ have: 2 })
  })

  test('a withdrawal is confirmed by a cursor at or past its tombstone, and by no other', async () => {
    await withdraw(north, 'asha01')
    await withdraw(north, 'bea001')
    expect(await waiting()).toEqual(['asha01', 'bea001'])
    await ask(south, '?have=2')
    await ask(south, '?have=4&epoch=another')
    await ask(south, '?have=0')
    expect(await waiting()).toEqual(['asha01', 'bea001'])
    await ask(south, '?have=3')
    expect(await waiting()).toEqual(['bea001'])
    await settleAll(north, south)
    expect(await waiting()).toEqual([])
  })

  test('a node that is no partner any more confirms by saying that it holds nothing, and by nothing else', async () => {
    await withdraw(north, 'asha01')
    await leave(north.app, hostOf(south))
    await ask(south, `?have=9&epoch=${await epoch()}`)
    expect(await waiting()).toEqual(['asha01'])
    await ask(south, '?have=0')
    expect(await waiting()).toEqual([])
    // What is withdrawn after that word needs no other.
    await withdraw(north, 'bea001')
    expect(await waiting()).toEqual([])
  })

  test('a node that ended before a listing was published is not named for it', async () => {
    await leave(north.app, hostOf(south))
    north.time = later(north.time, minute)
    await publish(north, listing(north, 'cleo01'))
    await withdraw(north, 'cleo01')
    expect(await waiting()).toEqual([])
    await withdraw(north, 'asha01')
    expect(await waiting()).toEqual(['asha01'])
  })

  describe('when a partner has read further than this node has ever been', () => {
    beforeEach(async () => {
      await subscribe(north, east)
      await publish(east, listing(east, 'zoe001'))
      await settleAll(east, north)
      expect(await shownAt(north)).toEqual(['Person zoe001'])
      // North comes back as it was before it published Bea.
      await rows(north.app.db, 'delete from published_listing where seq = 2')
      await rows(north.app.db, 'update directory_state set seq = 1, statement = null')
      await rows(north.app.db, 'update published_bucket set hash = null')
    })

    test('a new epoch begins, nothing of others is shown before it is verified, and administrators are told', async () => {
      await rows(
        north.app.db,
        `insert into account (id, mail, role, state, language, created_at)
         values ('admin1', 'admin@north.example', 'administrator', 'active', 'en', $1) on conflict do nothing`,
        [north.time],
      )
      const before = await epoch()
      expect(await ask(south, `?have=2&epoch=${before}`)).toBe(200)
      expect(await epoch()).not.toBe(before)
      expect(await shownAt(north)).toEqual([])
      expect(await theOnly(north, 'directory_state')).toMatchObject({ restored_because: 'partner', seq: '1' })
      expect(await asNorthKnows()).toMatchObject({ have: null })
      north.mails.length = 0
      await settleAll(north, south, east)
      expect(north.mails.map(({ to }) => to)).toContain('admin@north.example')
      expect(await shownAt(north)).toEqual(['Person zoe001'])
      expect(await shownAt(south)).toEqual(['Person asha01'])
      expect(await asNorthKnows()).toEqual({ have: 1, epoch: await epoch() })
    })

    test('that partner has its say once a day', async () => {
      await ask(south, `?have=2&epoch=${await epoch()}`)
      const first = await epoch()
      await ask(south, `?have=3&epoch=${first}`)
      expect(await epoch()).toBe(first)
      expect(await asNorthKnows()).toMatchObject({ have: null })
      for (const node of [north, south]) node.time = later(node.time, day)
      await ask(south, `?have=3&epoch=${first}`)
      expect(await epoch()).not.toBe(first)
    })

    test('a number of another epoch says nothing of the kind', async () => {
      const before = await epoch()
      await ask(south, '?have=99&epoch=another')
      expect(await epoch()).toBe(before)
    })
  })
})
