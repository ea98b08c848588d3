import { rows } from '../../src/database/database.ts'
import { applyBucket } from '../../src/partners/reading-actions.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { listing, publish, settleAll, shownAt, startAfresh, subscribe, theOnly } from './people.ts'

let north: TestNode
let south: TestNode

beforeAll(async () => {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
})

beforeEach(async () => {
  for (const node of [north, south]) await startAfresh(node)
  await publish(north, listing(north, 'asha01'), listing(north, 'bo0001'))
  await subscribe(south, north)
})

type OriginRow = {
  origin_id: number
  epoch: string
  cursor: string
  etag: string | null
  hidden: boolean
  trouble: string | null
}

test('a bucket is mended only where it was read for, and the next poll asks for the whole statement', async () => {
  const { origin_id: id, epoch, cursor } = await theOnly<OriginRow>(south, 'origin')
  const [{ bucket = 0 } = {}] = await rows<{ bucket?: number }>(
    south.app.db,
    `select bucket from copy where id like '%asha01'`,
  )
  const seq = Number(cursor)
  for (const at of [
    { epoch, seq: seq - 1 },
    { epoch, seq: seq + 1 },
    { epoch: 'other', seq },
  ])
    expect(await applyBucket(south.app, id, { bucket, ...at, copies: [] })).toBe('moved')
  expect(await shownAt(south)).toEqual(['Person asha01', 'Person bo0001'])
  expect((await theOnly<OriginRow>(south, 'origin')).etag).not.toBeNull()
  expect(await applyBucket(south.app, id, { bucket, epoch, seq, copies: [] })).toBe('applied')
  expect(await shownAt(south)).toEqual(['Person bo0001'])
  expect((await theOnly<OriginRow>(south, 'origin')).etag).toBeNull()
})

describe('an origin with more listings than may be kept, refused ones included', () => {
  const held = (): Promise<readonly unknown[]> => rows(south.app.db, 'select count(*)::int as count from copy')
  const fill = async (bucket: string): Promise<void> => {
    await rows(
      south.app.db,
      `insert into copy (origin_id, bucket, id, seq, content_hash, refused)
       select origin_id, ${bucket}, '${north.url}/many/' || n, 1, sha256('x'), 'invalid'
       from origin, generate_series(1, 199998) as n where origin_id > 0`,
    )
    await rows(south.app.db, 'update origin set rows_held = rows_held + 199998 where origin_id > 0')
  }

  test('is hidden, with a word to the administrator, and nothing more of it is kept', async () => {
    await fill('n % 256')
    await publish(north, listing(north, 'cleo01'))
    await settleAll(north, south)
    expect(await held()).toEqual([{ count: 200_000 }])
    expect(await theOnly<OriginRow>(south, 'origin')).toMatchObject({ hidden: true, trouble: 'too-many-listings' })
    expect(await shownAt(south)).toEqual([])
    await rows(south.app.db, `delete from copy where refused = 'invalid'`)
    await rows(south.app.db, 'update origin set rows_held = 2 where origin_id > 0')
    await rows(south.app.db, 'delete from graphile_worker._private_jobs')
    await south.runTimetable('partners.poll-all')
    await settleAll(south)
    expect(await theOnly<OriginRow>(south, 'origin')).toMatchObject({ hidden: false, trouble: null })
    expect(await shownAt(south)).toHaveLength(3)
  })

  test('is not filled bucket by bucket either, and may shrink', async () => {
    await fill('300')
    const { origin_id: id, epoch, cursor } = await theOnly<OriginRow>(south, 'origin')
    const copies = Array.from({ length: 3 }, (_, number) => ({
      id: `${north.url}/more/${number}`,
      bucket: 301,
      seq: 1,
      contentHash: '00',
      judge: () => ({ refused: 'invalid' as const }),
    }))
    const at = { epoch, seq: Number(cursor) }
    expect(await applyBucket(south.app, id, { bucket: 301, ...at, copies })).toBe('too-many')
    expect(await held()).toEqual([{ count: 200_000 }])
    expect(await applyBucket(south.app, id, { bucket: 300, ...at, copies: [] })).toBe('applied')
    expect(await held()).toEqual([{ count: 2 }])
  })
})
