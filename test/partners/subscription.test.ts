import { hour, later, day, minute } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { publishListing } from '../../src/partners/steps.ts'
import { lookUpPartner } from '../../src/federation/partner-lookup.ts'
import {
  approve,
  follow,
  leave,
  receiveAccept,
  receiveDoorbell,
  receiveReject,
  receiveUndo,
  reject,
} from '../../src/partners/actions.ts'
import { holdersOf, partners, publishedAt } from './reads.ts'
import { aNode, type TestNode } from '../support/node.ts'
import {
  hostOf,
  listing,
  publish,
  settleAll,
  settleUndo,
  shownAt,
  startAfresh,
  subscribe,
  theOnly,
  withdraw,
} from './people.ts'

let north: TestNode
let south: TestNode

beforeAll(async () => {
  north = await aNode()
  south = await aNode({
    settings: {
      SIDEWAYS_NAME: 'South Hospice',
      SIDEWAYS_COUNTRY: 'IE',
      SIDEWAYS_POLICY: 'https://south.example/privacy',
    },
  })
})

beforeEach(async () => {
  for (const node of [north, south]) await startAfresh(node)
})

type PartnerRow = {
  following: string
  follower: string
  their_have: string | null
  their_root: string | null
  follow_id: string
  their_follow: string
  directory_id: string
  directory_key: string
}
type OriginRow = {
  valid_until: Date
  hidden: boolean
  cursor: string
  epoch: string
  trouble: string | null
  root: string
  last_poll: Date
  failures: number
}

describe('two nodes', () => {
  test('an administrator sees who another node is before anything is sent', async () => {
    const card = await lookUpPartner(north.app, hostOf(south))
    expect(card).toMatchObject({
      host: hostOf(south),
      organisation: 'South Hospice',
      country: 'IE',
      policy: 'https://south.example/privacy',
      listed: null,
    })
    expect(card.directoryKey).toMatch(/^z6Mk/)
    expect(await partners(south)).toEqual([])
    await expect(lookUpPartner(north.app, hostOf(north))).rejects.toThrow('partner-is-self')
    await expect(lookUpPartner(north.app, '127.0.0.1:9')).rejects.toThrow('partner-unreachable')
  })

  test('what is published on one is found on the other, changes there, and is gone when it is withdrawn', async () => {
    await publish(north, listing(north, 'asha01'), listing(north, 'bo0001'))
    await subscribe(south, north)
    expect(await shownAt(south)).toEqual(['Person asha01', 'Person bo0001'])

    await publish(north, listing(north, 'asha01', { name: 'Asha Rao' }), listing(north, 'cleo01'))
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual(['Asha Rao', 'Person bo0001', 'Person cleo01'])

    const seq = await withdraw(north, 'asha01')
    expect((await holdersOf(north, seq))[0]).toMatchObject({ host: hostOf(south), confirmed: false, endedAt: null })
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual(['Person bo0001', 'Person cleo01'])
    expect(await rows(south.app.db, `select 1 from copy where id like '%asha01'`)).toEqual([])
    expect((await holdersOf(north, seq))[0]).toMatchObject({ confirmed: true })
    const state = await theOnly<{ seq: string }>(north, 'directory_state')
    expect(await theOnly<PartnerRow>(north, 'partner')).toMatchObject({
      their_have: state.seq,
      their_root: (await theOnly<OriginRow>(south, 'origin')).root,
    })
  })

  test('nothing about a person is in any delivery', async () => {
    await subscribe(south, north)
    await publish(north, listing(north, 'asha01'))
    await settleAll(north, south)
    const bodies = await rows<{ body: string }>(north.app.db, 'select body from outgoing_activity')
    expect(bodies.length).toBeGreaterThan(1)
    for (const { body } of bodies) expect(body).not.toMatch(/asha|listings\/[a-z0-9]/i)
  })

  test('the way back is a decision of its own, and loops cannot form', async () => {
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    expect(await shownAt(north)).toEqual([])
    await publish(south, listing(south, 'ben001'))
    await subscribe(north, south)
    expect(await shownAt(north)).toEqual(['Person ben001'])
    expect(await publishedAt(south)).toEqual([`${south.url}/ap/directory/listings/ben001`])
  })

  test('a changed key is refused, and nothing is replaced', async () => {
    await subscribe(south, north)
    const before = await theOnly<PartnerRow>(south, 'partner')
    const card = await lookUpPartner(south.app, hostOf(north))
    const other = await lookUpPartner(north.app, hostOf(south))
    await expect(follow(south.app, { ...card, directoryKey: other.directoryKey })).rejects.toThrow(
      'partner-key-changed',
    )
    expect(await theOnly<PartnerRow>(south, 'partner')).toEqual(before)
  })

  test('a node that is turned down reads nothing and may ask again', async () => {
    await publish(north, listing(north, 'asha01'))
    await follow(south.app, await lookUpPartner(south.app, hostOf(north)))
    await settleAll(south, north)
    await reject(north.app, hostOf(south))
    await expect(reject(north.app, hostOf(south))).rejects.toThrow('partner-not-waiting')
    await settleAll(north, south)
    expect(await theOnly<PartnerRow>(south, 'partner')).toMatchObject({ following: 'rejected' })
    expect(await shownAt(south)).toEqual([])
    await subscribe(south, north)
    expect(await shownAt(south)).toEqual(['Person asha01'])
  })
})

describe('an end', () => {
  test('Undo erases every copy within a minute, and the origin is told', async () => {
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    await leave(south.app, hostOf(north))
    await settleUndo(south, north)
    expect(await rows(south.app.db, 'select 1 from copy')).toEqual([])
    expect(await rows(south.app.db, 'select 1 from directory_entry where origin_id > 0')).toEqual([])
    expect(await rows(south.app.db, 'select 1 from origin where origin_id > 0')).toEqual([])
    expect(await theOnly<PartnerRow>(north, 'partner')).toMatchObject({ follower: 'ended', their_have: '0' })
    south.time = later(south.time, 2 * hour)
    await south.runTimetable('partners.poll-all')
    await settleAll(south, north)
    expect(await rows(south.app.db, 'select 1 from copy')).toEqual([])
  })

  test('a node that ends what it had granted is told that its listings are erased', async () => {
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    await leave(north.app, hostOf(south))
    expect(await holdersOf(north, 1)).toMatchObject([{ endedAt: expect.any(Date), confirmed: false }])
    await settleAll(north, south)
    expect(await rows(south.app.db, 'select 1 from copy')).toEqual([])
    expect(await theOnly<PartnerRow>(south, 'partner')).toMatchObject({ following: 'rejected' })
    expect(await theOnly<PartnerRow>(north, 'partner')).toMatchObject({ follower: 'ended', their_have: '0' })
    expect(await holdersOf(north, 1)).toMatchObject([{ endedAt: expect.any(Date), confirmed: true }])
    await subscribe(south, north)
    expect(await shownAt(south)).toEqual(['Person asha01'])
  })
})

describe('what comes twice, late, or from somebody else', () => {
  test('an Accept that nobody asked for, or of an older Follow, changes nothing', async () => {
    const directory = `${north.url}/ap/directory`
    await receiveAccept(south.app, { actor: directory, followId: 'https://south.example/1' })
    expect(await partners(south)).toEqual([])
    await follow(south.app, await lookUpPartner(south.app, hostOf(north)))
    await receiveAccept(south.app, { actor: directory, followId: `${south.url}/ap/directory/follows/other` })
    await receiveAccept(south.app, { actor: directory })
    await receiveReject(south.app, { actor: directory, followId: `${south.url}/ap/directory/follows/other` })
    await receiveReject(south.app, {
      actor: 'https://elsewhere.example/ap/directory',
      followActor: `${south.url}/ap/directory`,
    })
    expect(await theOnly<PartnerRow>(south, 'partner')).toMatchObject({ following: 'requested' })
  })

  test('every activity twice is every activity once', async () => {
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    const ours = await theOnly<PartnerRow>(south, 'partner')
    const theirs = await theOnly<PartnerRow>(north, 'partner')
    await receiveAccept(south.app, { actor: ours.directory_id, followId: ours.follow_id })
    await expect(approve(north.app, hostOf(south))).rejects.toThrow('partner-not-waiting')
    await receiveDoorbell(south.app, {
      actor: ours.directory_id,
      seq: 1,
      epoch: (await theOnly<OriginRow>(south, 'origin')).epoch,
    })
    await receiveDoorbell(south.app, { actor: 'https://elsewhere.example/ap/directory', seq: 99 })
    await receiveUndo(north.app, { actor: theirs.directory_id, followId: `${south.url}/ap/directory/follows/older` })
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual(['Person asha01'])
    expect(await theOnly<PartnerRow>(north, 'partner')).toMatchObject({ follower: 'accepted' })
    await receiveUndo(north.app, { actor: theirs.directory_id, followId: ours.follow_id })
    await receiveUndo(north.app, { actor: theirs.directory_id, followId: ours.follow_id })
    expect(await theOnly<PartnerRow>(north, 'partner')).toMatchObject({ follower: 'ended' })
  })

  test('a repeated Follow from a partner gets a repeated Accept', async () => {
    await subscribe(south, north)
    await rows(south.app.db, `update partner set following = 'ended'`)
    await follow(south.app, await lookUpPartner(south.app, hostOf(north)))
    await settleAll(south, north)
    expect(await theOnly<PartnerRow>(south, 'partner')).toMatchObject({ following: 'accepted' })
    const accepts = await rows<{ body: string }>(
      north.app.db,
      `select body from outgoing_activity where body like '%"Accept"%' order by made_at`,
    )
    expect(accepts).toHaveLength(2)
    const newest = await theOnly<PartnerRow>(south, 'partner')
    expect(
      accepts
        .map(({ body }) => (JSON.parse(body) as { object: { id: string; type: string } }).object)
        .find(({ id }) => id === newest.follow_id),
    ).toMatchObject({ type: 'Follow' })
  })
})

test('an activity that nobody signed changes nothing', async () => {
  await subscribe(south, north)
  const ours = await theOnly<PartnerRow>(south, 'partner')
  const before = [ours, await theOnly<OriginRow>(south, 'origin')]
  for (const body of [
    {
      type: 'Reject',
      object: { id: ours.follow_id, type: 'Follow', actor: `${south.url}/ap/directory`, object: ours.directory_id },
    },
    { type: 'Update', object: { id: `${north.url}/ap/directory/listings`, type: 'OrderedCollection', seq: 9 } },
  ]) {
    const answer = await fetch(`${south.url}/ap/directory/inbox`, {
      method: 'POST',
      headers: { 'content-type': 'application/activity+json' },
      body: JSON.stringify({
        '@context': 'https://www.w3.org/ns/activitystreams',
        id: `${north.url}/1`,
        actor: ours.directory_id,
        ...body,
      }),
    })
    expect(answer.status).toBe(401)
  }
  await settleAll(south, north)
  expect([await theOnly<PartnerRow>(south, 'partner'), await theOnly<OriginRow>(south, 'origin')]).toEqual(before)
})

describe('our own set', () => {
  test('gives out seq in the order in which they are kept: a later writer waits for an earlier one', async () => {
    const order: string[] = []
    let letGo = (): void => undefined
    const held = new Promise<void>((resolve) => (letGo = resolve))
    let hasBegun = (): void => undefined
    const begun = new Promise<void>((resolve) => (hasBegun = resolve))
    const first = north.app.db.transaction(async (tx) => {
      const one = listing(north, 'asha01')
      await publishListing(tx, north.app, one.id, one)
      hasBegun()
      await held
      order.push('first')
    })
    await begun
    const second = publish(north, listing(north, 'bo0001')).then((seq) => order.push(`second, seq ${seq}`))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await publishedAt(north)).toEqual([])
    letGo()
    await Promise.all([first, second])
    expect(order).toEqual(['first', 'second, seq 2'])
  })

  test('keeps the seq of a listing that did not change, and never takes back an id', async () => {
    const one = listing(north, 'asha01')
    expect([
      await publish(north, one),
      await publish(north, { ...one }),
      await publish(north, { ...one, name: 'Asha Rao' }),
    ]).toEqual([1, 1, 2])
    expect([await withdraw(north, 'asha01'), await withdraw(north, 'asha01'), await withdraw(north, 'never')]).toEqual([
      3,
      3,
      undefined,
    ])
    await expect(publish(north, one)).rejects.toThrow('was withdrawn')
    await expect(
      publish(north, { ...listing(north, 'bo0001'), featuredObject: 'https://elsewhere.example/1' }),
    ).rejects.toThrow('person-elsewhere')
  })

  test('rings once for any number of changes within two seconds', async () => {
    await subscribe(south, north)
    for (const id of ['asha01', 'bo0001', 'cleo01']) await publish(north, listing(north, id))
    await settleAll(north, south)
    const doorbells = await rows<{ body: string }>(
      north.app.db,
      `select body from outgoing_activity where body like '%"Update"%'`,
    )
    expect(doorbells.map(({ body }) => (JSON.parse(body) as { object: unknown }).object)).toEqual([
      {
        id: `${north.url}/ap/directory/listings`,
        type: 'OrderedCollection',
        seq: 3,
        epoch: (await theOnly<{ epoch: string }>(north, 'directory_state')).epoch,
      },
    ])
    expect(await shownAt(south)).toHaveLength(3)
  })
})

describe('a lease', () => {
  test('is renewed by the hourly poll, and by nothing else', async () => {
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    const first = await theOnly<OriginRow>(south, 'origin')
    expect(first.valid_until).toEqual(new Date('2026-11-29T09:00:00Z'))
    for (const node of [north, south]) node.time = later(node.time, 25 * hour)
    await settleAll(south, north)
    const second = await theOnly<OriginRow>(south, 'origin')
    expect(second.valid_until).toEqual(new Date('2026-11-30T10:00:00Z'))
    expect(second).toMatchObject({ cursor: first.cursor, failures: 0 })
  })

  test('ends: hidden at its end, erased a day later, and back when the origin is', async () => {
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    await rows(north.app.db, `update partner set follower = 'waiting'`) // as good as cut off: it answers 404
    south.time = later(south.time, 7 * day - minute)
    expect(await shownAt(south)).toEqual(['Person asha01'])
    await south.settle()
    expect(await theOnly<OriginRow>(south, 'origin')).toMatchObject({ trouble: 'not-allowed' })
    south.time = later(south.time, minute)
    expect(await shownAt(south)).toEqual([])
    await south.runTimetable('partners.erase-ended')
    expect(await rows(south.app.db, 'select 1 from directory_entry where origin_id > 0')).toHaveLength(1)
    south.time = later(south.time, day + minute)
    await south.runTimetable('partners.erase-ended')
    expect(await rows(south.app.db, 'select 1 from directory_entry where origin_id > 0')).toEqual([])
    expect(
      await rows(south.app.db, `select id, encode(content_hash, 'hex') as hash, seq::int as seq from copy`),
    ).toEqual([{ id: `${north.url}/ap/directory/listings/asha01`, hash: '', seq: 0 }])
    north.time = south.time
    await rows(north.app.db, `update partner set follower = 'accepted'`)
    south.time = later(south.time, 7 * hour)
    north.time = south.time
    await settleAll(south, north)
    expect(await shownAt(south)).toEqual(['Person asha01'])
  })

  test('a lost doorbell costs an hour and nothing else', async () => {
    await publish(north, listing(north, 'asha01'), listing(north, 'bo0001'))
    await subscribe(south, north)
    await withdraw(north, 'asha01')
    await rows(north.app.db, 'delete from graphile_worker._private_jobs')
    await south.settle()
    expect(await shownAt(south)).toHaveLength(2)
    south.time = later(south.time, 70 * minute)
    north.time = south.time
    await settleAll(south)
    expect(await shownAt(south)).toEqual(['Person bo0001'])
  })
})

describe('an origin that is not as it says', () => {
  test('copies that do not add up are mended bucket by bucket', async () => {
    await publish(north, ...Array.from({ length: 12 }, (_, number) => listing(north, `person${number + 10}`)))
    await subscribe(south, north)
    await rows(south.app.db, `delete from copy where id like '%person11'`)
    await rows(south.app.db, `update copy set content_hash = sha256('x') where id like '%person12'`)
    await rows(
      south.app.db,
      `insert into copy (origin_id, bucket, id, seq, content_hash) select origin_id, 7, 'http://nobody', 1, sha256('x') from origin where origin_id > 0`,
    )
    await publish(north, listing(north, 'newest'))
    await settleAll(north, south)
    const origin = await theOnly<OriginRow>(south, 'origin')
    expect(origin).toMatchObject({ hidden: false, trouble: null })
    expect(await rows(south.app.db, `select 1 from copy where id = 'http://nobody'`)).toEqual([])
    expect(await shownAt(south)).toHaveLength(13)
  })

  test('a listing that breaks the rules is refused alone: its id and hash are kept, nothing else', async () => {
    await publish(north, listing(north, 'asha01'), listing(north, 'bad001'))
    const { contentHash } = await import('../../src/partners/set.ts')
    const bad = { ...listing(north, 'bad001'), seq: 2, featuredObject: 'https://elsewhere.example/ap/people/1' }
    await rows(
      north.app.db,
      `update published_listing set document = $1, content_hash = decode($2, 'hex') where id = $3`,
      [JSON.stringify(bad), contentHash(bad), bad.id],
    )
    await rows(north.app.db, 'update directory_state set statement = null')
    await subscribe(south, north)
    expect(await shownAt(south)).toEqual(['Person asha01'])
    expect(await rows(south.app.db, 'select refused from copy where refused is not null')).toEqual([
      { refused: 'person-elsewhere' },
    ])
    expect(await theOnly<OriginRow>(south, 'origin')).toMatchObject({ hidden: false, trouble: null })
    expect((await partners(south))[0]).toMatchObject({ copies: 1, refused: 1 })
  })

  test('a set that does not add up to its own statement is hidden, and shown again when it does', async () => {
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    // A listing that is served otherwise than it was signed.
    await rows(
      north.app.db,
      `update published_listing set document = replace(replace(document, 'Person asha01', 'Person forged'), '"seq":1}', '"seq":1000}') where id like '%asha01'`,
    )
    await publish(north, listing(north, 'bo0001'))
    await rows(north.app.db, `update published_listing set seq = 1000 where id like '%asha01'`)
    await rows(north.app.db, `update directory_state set seq = 1000, statement = null`)
    await settleAll(north, south)
    expect(await theOnly<OriginRow>(south, 'origin')).toMatchObject({ hidden: true, trouble: 'root-differs' })
    expect(await shownAt(south)).toEqual([])
    await publish(north, listing(north, 'asha01', { name: 'Asha Rao' }))
    await settleAll(north, south)
    expect(await theOnly<OriginRow>(south, 'origin')).toMatchObject({ hidden: false, trouble: null })
    expect(await shownAt(south)).toEqual(['Asha Rao', 'Person bo0001'])
  })

  test('a new epoch is read from the beginning, and what is not in it is dropped', async () => {
    await publish(north, listing(north, 'asha01'), listing(north, 'bo0001'))
    await subscribe(south, north)
    await rows(north.app.db, `delete from published_listing where id like '%bo0001'`)
    await rows(north.app.db, 'update published_bucket set hash = null')
    await rows(north.app.db, `update directory_state set epoch = 'other', seq = 1, statement = null`)
    await publish(north, listing(north, 'cleo01'))
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual(['Person asha01', 'Person cleo01'])
    expect(await theOnly<OriginRow>(south, 'origin')).toMatchObject({ epoch: 'other', hidden: false })
  })

  test('a cursor older than the tombstones is answered with a snapshot', async () => {
    await publish(north, listing(north, 'asha01'), listing(north, 'bo0001', { endTime: '2028-09-02T10:00:00Z' }))
    await subscribe(south, north)
    await withdraw(north, 'asha01')
    await rows(north.app.db, 'delete from graphile_worker._private_jobs')
    for (const node of [north, south]) node.time = later(node.time, 401 * day)
    await north.runTimetable('partners.forget-tombstones')
    expect(await rows(north.app.db, 'select 1 from published_listing where document is null')).toEqual([])
    await publish(north, listing(north, 'cleo01', { endTime: '2028-09-02T10:00:00Z' }))
    await settleAll(north, south)
    expect(await shownAt(south)).toEqual(['Person bo0001', 'Person cleo01'])
  })

  test('a statement by another key renews nothing', async () => {
    await publish(north, listing(north, 'asha01'))
    await subscribe(south, north)
    const before = await theOnly<OriginRow>(south, 'origin')
    await rows(south.app.db, `update partner set directory_key = 'z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw'`)
    for (const node of [north, south]) node.time = later(node.time, 25 * hour)
    await settleAll(south, north)
    expect(await theOnly<OriginRow>(south, 'origin')).toMatchObject({
      trouble: 'key-changed',
      valid_until: before.valid_until,
    })
  })

  test('twenty pages are read in a minute, and the rest in the next', async () => {
    await publish(north, ...Array.from({ length: 30 }, (_, number) => listing(north, `person${number + 10}`)))
    await subscribe(south, north)
    await rows(south.app.db, 'update origin set page_window = $1, pages = 20 where origin_id > 0', [south.time])
    await publish(north, listing(north, 'newest'))
    await settleAll(north, south)
    expect(await shownAt(south)).toHaveLength(30)
    south.time = later(south.time, minute)
    await settleAll(south)
    expect(await shownAt(south)).toHaveLength(31)
  })
})
