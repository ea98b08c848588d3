import type { App } from '../app.ts'
import type { Statement } from '../common/schema-types.ts'
import { entryOf } from '../directory/entry.ts'
import { bucketsOfCopies, type CopySet } from '../partners/copy-views.ts'
import type { ReadCopy } from '../partners/page.ts'
import type { Partner, Reading } from '../partners/partner.ts'
import { applyBucket, applyPage, usePage, type Applied } from '../partners/reading-actions.ts'
import { rootOfBuckets } from '../partners/set.ts'
import { askBuckets, askPage, PollEnd, type ReadPage } from './partner-wire.ts'

/** Where a reading stands. */
type Place = Pick<Reading, 'cursor' | 'snapshotSeq' | 'snapshotOpen'>

/**
 * Step 2 of FEDERATION.md 5: everything newer than our cursor, page by page; a cursor that is too old begins a snapshot. The next page is
 * on its way while one is applied.
 */
export async function pullChanges(
  app: App,
  partner: Partner,
  { from, epoch }: { readonly from: Place; readonly epoch: string },
  startSnapshot: () => Promise<Place>,
): Promise<void> {
  let { cursor: after, snapshotSeq: begun, snapshotOpen } = from
  await countPage(app, partner)
  let coming = ask(app, partner, { after, begun }, epoch, !snapshotOpen)
  for (;;) {
    const page = await coming
    if (page === 'gone') {
      if (after === 0) throw new PollEnd({ trouble: 'page-broken' })
      ;({ cursor: after, snapshotSeq: begun, snapshotOpen } = await startSnapshot())
      await countPage(app, partner)
      coming = ask(app, partner, { after, begun }, epoch, !snapshotOpen)
      continue
    }
    const { seq, copies, gone, hasMore } = page
    const { freeAt } = hasMore ? await usePage(app, partner.id) : {}
    if (hasMore && !freeAt) coming = ask(app, partner, { after: seq, begun }, epoch, !snapshotOpen)
    expectApplied(await applyPage(app, partner.id, { epoch, after, seq, copies, gone }))
    if (freeAt) throw new PollEnd({ freeAt })
    if (!hasMore) return
    after = seq
  }
}

// Nobody may be there to hear of a failure, when the page before could not be applied.
function ask(
  app: App,
  partner: Partner,
  asked: Parameters<typeof askPage>[2],
  epoch: string,
  isNew: boolean,
): Promise<ReadPage | 'gone'> {
  const coming = askPage(app, partner, asked, epoch)
  // What is new will be judged and read for the directory: here it is done while PostgreSQL works on the page before.
  const ready = isNew ? coming.then((page) => (page === 'gone' ? page : prepared(page))) : coming
  ready.catch(() => undefined)
  return ready
}

function prepared(page: ReadPage): ReadPage {
  for (const { judge } of page.copies) {
    const judgement = judge()
    if ('listing' in judgement) entryOf(judgement.listing)
  }
  return page
}

/**
 * Step 3, where our copies do not add up: replaces the buckets that differ. False when the origin contradicts its own statement. True
 * says that it is worth comparing again.
 */
export async function repair(app: App, partner: Partner, statement: Statement, set: CopySet): Promise<boolean> {
  await countPage(app, partner)
  const theirs = await askBuckets(app, partner)
  if (theirs.epoch !== statement.epoch || theirs.seq !== statement.seq) return true // it moved: the next statement will tell
  if (rootOfBuckets(theirs.buckets) !== statement.root) return false
  const ours = await bucketsOfCopies(app.db, partner.id, set)
  for (const [bucket, hash] of theirs.buckets.entries()) {
    if (hash !== ours[bucket]) await replaceBucket(app, partner, bucket, statement)
  }
  return true
}

async function replaceBucket(
  app: App,
  partner: Partner,
  bucket: number,
  { epoch, seq }: Pick<Statement, 'epoch' | 'seq'>,
): Promise<void> {
  const copies: ReadCopy[] = []
  let after = 0
  for (;;) {
    await countPage(app, partner)
    const page = await askPage(app, partner, { after, bucket }, epoch)
    if (page === 'gone' || page.gone.length > 0 || page.copies.some((copy) => copy.bucket !== bucket))
      throw new PollEnd({ trouble: 'page-broken' })
    copies.push(...page.copies)
    if (!page.hasMore) break
    after = page.seq
  }
  expectApplied(await applyBucket(app, partner.id, { bucket, epoch, seq, copies }))
}

async function countPage(app: App, partner: Partner): Promise<void> {
  const { freeAt } = await usePage(app, partner.id)
  if (freeAt) throw new PollEnd({ freeAt })
}

function expectApplied(applied: Applied): void {
  if (applied !== 'applied') throw new PollEnd(applied)
}
