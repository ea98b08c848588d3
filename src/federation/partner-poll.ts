import type { App } from '../app.ts'
import { instantOf, later, minute } from '../common/clock.ts'
import { logger } from '../common/log.ts'
import { parse } from '../common/parse.ts'
import type { Statement } from '../common/schema-types.ts'
import type { Partner, Reading } from '../partners/partner.ts'
import { confirmUnchanged, continuePoll, failPoll, hideOrigin } from '../partners/polling-actions.ts'
import { mostRows } from '../partners/quota.ts'
import { settleReading, startSnapshot } from '../partners/reading-actions.ts'
import { judgeStatement, verifyStatement } from '../partners/statement.ts'
import { partnerById, readingOf } from '../partners/views.ts'
import { followKeyChanges } from './key-changes.ts'
import { pullChanges, repair } from './partner-pull.ts'
import { askStatement, endOf, holdingOf, jsonOf, PollEnd, readAs } from './partner-wire.ts'

const log = logger('partners')

// A directory that changes while it is read is asked again, but not without end.
const mostRounds = 5

/**
 * Polls one partner (FEDERATION.md 5): statement, changes, root, lease, and the word to the origin that its changes are applied.
 * Every step is a transaction of its own, so it may stop anywhere and run again. Queues the next poll itself.
 */
export async function pollPartner(app: App, partnerId: number): Promise<void> {
  const partner = await partnerById(app.db, partnerId)
  if (partner?.following !== 'accepted') return
  try {
    await poll(app, partner)
  } catch (error) {
    const end = endOf(error)
    if (end === undefined) throw error
    if (end === 'moved') return
    if (end === 'too-many') return hide(app, partner, 'too-many-listings')
    if ('freeAt' in end) return continuePoll(app, partner.id, end.freeAt)
    log.warn(`poll of ${partner.host} failed: ${end.trouble}`)
    await failPoll(app, partner.id, end.trouble, Math.random())
  }
}

async function poll(app: App, asked: Partner): Promise<void> {
  let repairedAt: number | undefined
  for (let round = 0; round < mostRounds; round += 1) {
    const partner = (await partnerById(app.db, asked.id)) ?? asked // another key may be pinned by now
    const reading = await currentReading(app, partner.id)
    const answer = await believedStatement(app, partner, reading)
    if (answer === 'unchanged') return confirmUnchanged(app, partner.id, Math.random())
    if (answer === 'new-key') continue
    const { statement } = answer
    // Signed, and more than we would ever keep: nothing of it could add up, so nothing of it is read.
    if (statement.totalItems > mostRows) throw new PollEnd('too-many')
    const before = reading.epoch === statement.epoch ? reading : await snapshot(app, partner.id, statement)
    if (statement.seq > before.cursor)
      await pullChanges(app, partner, { from: before, epoch: statement.epoch }, () =>
        snapshot(app, partner.id, statement),
      )
    const settled = await settle(app, partner, answer)
    if (settled === 'equal') return tellWhatWeHold(app, partner, reading)
    const { cursor, snapshotOpen } = await currentReading(app, partner.id)
    // Its pages end before its statement does.
    if (cursor < statement.seq) throw new PollEnd({ trouble: 'page-broken' })
    // We were ahead of this statement before we asked for it: the origin's numbers went back, or a page ran ahead of them. With such a
    // cursor we would pass over whatever comes.
    if (reading.epoch === statement.epoch && reading.cursor > statement.seq) {
      await snapshot(app, partner.id, statement)
      continue
    }
    // We are ahead of this statement, because the origin changed meanwhile: its next one will do.
    if (settled === 'moved' || cursor > statement.seq) continue
    if (repairedAt === statement.seq) return hide(app, partner, 'root-differs')
    if (!(await repair(app, partner, statement, snapshotOpen ? 'staged' : 'held')))
      return hide(app, partner, 'root-differs')
    repairedAt = statement.seq
    if ((await settle(app, partner, answer)) === 'equal') return tellWhatWeHold(app, partner, reading)
  }
  await continuePoll(app, asked.id, later(app.now(), minute))
}

async function hide(app: App, partner: Partner, trouble: 'root-differs' | 'too-many-listings'): Promise<void> {
  log.error(`the copies of ${partner.host} are hidden: ${trouble}`)
  await hideOrigin(app, partner.id, trouble, Math.random())
}

type Believed = {
  readonly statement: Statement
  readonly text: string
  readonly etag: string | null
  readonly validUntil: Date
}

/** Step 1: the statement, conditionally where our copies agree with the one that we hold. */
async function believedStatement(
  app: App,
  partner: Partner,
  reading: Reading,
): Promise<Believed | 'unchanged' | 'new-key'> {
  const etag = reading.hidden || reading.snapshotOpen || reading.validUntil <= app.now() ? null : reading.etag
  const answer = await askStatement(app, partner, holdingOf(reading), etag)
  if (answer.status === 304 && etag !== null) return 'unchanged'
  const document = jsonOf(answer, 'statement-broken')
  const statement = readAs('statement', document, 'statement-broken')
  if (!verifyStatement(document, partner.directoryKey)) {
    const outcome = await followKeyChanges(app, partner)
    if (outcome === 'pinned') return 'new-key'
    throw new PollEnd({ trouble: outcome === 'offered' ? 'key-changed' : 'statement-forged' })
  }
  const newest = reading.statement === null ? undefined : parse('statement', JSON.parse(reading.statement))
  const verdict = judgeStatement(
    statement,
    { directoryId: partner.directoryId, ...(newest ? { newest } : {}) },
    app.now(),
  )
  const validUntil = instantOf(statement.validUntil)
  if ('refused' in verdict || validUntil === undefined) {
    log.warn(
      `a statement of ${partner.host} was refused: ${'refused' in verdict ? verdict.refused : 'unreadable-time'}`,
    )
    throw new PollEnd({ trouble: 'statement-refused' })
  }
  return { statement, text: answer.body.toString('utf8'), etag: answer.headers.get('etag'), validUntil }
}

/** Step 2, where the epoch is new or our cursor too old: everything is read again. */
async function snapshot(app: App, partnerId: number, at: Pick<Statement, 'epoch' | 'seq'>): Promise<Reading> {
  const { freeAt } = await startSnapshot(app, partnerId, at)
  // Not to be waited out in silence: the copies stay as they are until their lease ends.
  if (freeAt) throw new PollEnd({ trouble: 'too-many-snapshots' })
  return currentReading(app, partnerId)
}

/** Step 3: do our copies add up to the statement? */
function settle(
  app: App,
  partner: Partner,
  { statement, text, etag, validUntil }: Believed,
): Promise<'equal' | 'different' | 'moved'> {
  const { root, seq, epoch } = statement
  const lease = { statement: text, etag, root, seq, epoch, validUntil, signedBy: partner.directoryKey }
  return settleReading(app, partner.id, lease, Math.random())
}

/** Step 4: one more question, so that the origin knows within minutes what we hold. Its answer changes nothing here. */
async function tellWhatWeHold(app: App, partner: Partner, before: Reading): Promise<void> {
  const now = await currentReading(app, partner.id)
  if (now.root === before.root && now.cursor === before.cursor && now.epoch === before.epoch && !before.snapshotOpen)
    return
  try {
    const answer = await askStatement(app, partner, holdingOf(now), now.etag)
    if (answer.status === 200) await continuePoll(app, partner.id, app.now())
  } catch (error) {
    // The changes are applied and the lease is renewed: the next poll says the same.
    if (endOf(error) === undefined) throw error
  }
}

async function currentReading(app: App, partnerId: number): Promise<Reading> {
  const reading = await readingOf(app.db, partnerId)
  if (!reading) throw new PollEnd('moved')
  return reading
}
