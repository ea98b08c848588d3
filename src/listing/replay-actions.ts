import { closeForGood, endEverySignIn } from '../accounts/steps.ts'
import type { App, Needs } from '../app.ts'
import { day, later } from '../common/clock.ts'
import { logger } from '../common/log.ts'
import { WithdrawalLogError, type Withdrawal, type WithdrawalLogContent } from '../common/withdrawal-log.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { beginNewEpoch } from '../partners/steps.ts'
import { keepFieldsFrom } from '../profile/steps.ts'
import { endFeedsAndMails } from '../searches/steps.ts'
import { note } from './change-steps.ts'
import { isNewLog, keptDays, missing, plan, staying, type Counted, type Plan } from './replay.ts'
import { closeFlag, setHidden, switchOff, withNewIds, type Listings } from './scope-steps.ts'
import { isListed, switchedOff } from './scopes.ts'
import { republish } from './steps.ts'
import { lockOwner, type Owner } from './store.ts'
import { flagOf, listingOf } from './views.ts'
import { counted, withdrawals } from './withdrawal-views.ts'
import {
  forgetRestored,
  forgetWithdrawals,
  holdLog,
  keepWithdrawals,
  raiseMark,
  raiseTo,
  settleAlone,
} from './withdrawal-store.ts'

const log = logger('listing')

/** What a start found. */
export type Replayed = { readonly restored: boolean; readonly people: number }

/**
 * Takes back what the log knows and the database does not: at a start before anything is shown, in one transaction, so that a start that
 * is cut off begins again; and every hour, for changes that failed at their very end. Where the database is older than the log, or was
 * filled from a backup, nobody stays signed in, feeds and weekly mails about saved searches end, a new epoch begins, and nothing of other
 * nodes is shown until they were asked. Throws what the system says when the log cannot be read, and WithdrawalLogError for a new log
 * beside a restored database.
 */
export function replayWithdrawals(needs: Listings): Promise<Replayed> {
  return needs.db.transaction(async (tx) => {
    await settleAlone(tx)
    const { content, known } = await compared(needs)
    const isNew = isNewLog(content, known)
    if (isNew && known.restored && !known.logIsLost) throw newLog(needs.withdrawals.path)
    const todo = plan(content, known, needs.now())
    if (content.torn > 0) log.warn(`the log of withdrawals has ${content.torn} line(s) that were cut off`)
    if (isNew)
      log.warn(
        'the log of withdrawals is new, and the database is not: it is written anew from what the database knows. ' +
          'If this database is older than the log that was lost, people who withdrew since are listed again.',
      )
    // All of them before the first change locks our set of listings: whoever changes hers at this moment takes the same order.
    const owners = new Set(todo.unknown.map(({ account }) => account))
    for (const account of [...owners].toSorted()) await lockOwner(tx, account)
    const changed = new Set<string>()
    for (const one of todo.unknown)
      if ((todo.restored || (await isCurrent(tx, one))) && (await takeBack(tx, needs, one))) changed.add(one.account)
    if (todo.restored) {
      for (const accountId of changed) await enqueue(tx, 'listing.tell-restored', { accountId }, { key: accountId })
      await beginAgain(tx, needs, todo)
    }
    await keepWithdrawals(tx, todo.unknown)
    if (todo.restored || todo.unknown.length > 0) await raiseTo(tx, todo)
    return { restored: todo.restored, people: changed.size }
  })
}

// Going on would list again, in silence, whoever withdrew after the backup.
function newLog(path: string): WithdrawalLogError {
  return new WithdrawalLogError(
    'new-log',
    `This database was restored from a backup, and the log of withdrawals ${path} is new: it does not know who withdrew since. ` +
      'Name the log that this node had in SIDEWAYS_WITHDRAWAL_LOG. If it is lost, restore once more, into an empty database, with --log-lost.',
  )
}

// While nobody has a line in the log whose change is under way. In a transaction of its own: others hold what they change before the log.
function compared(needs: Listings): Promise<{ readonly content: WithdrawalLogContent; readonly known: Counted }> {
  return needs.db.transaction(async (tx) => {
    await holdLog(tx)
    return { content: await needs.withdrawals.read(), known: await counted(tx) }
  })
}

// In a database of today, what a line names is there under its id unless its owner has decided anew.
async function isCurrent(tx: Tx, line: Withdrawal): Promise<boolean> {
  if ('answers' in line) return false // a profile of today is as she wants it
  if ('listing' in line) return (await listingOf(tx, line.account))?.id === line.listing
  if ('unlisted' in line) return (await listingOf(tx, line.account))?.id === line.unlisted
  return !('flag' in line) || (await flagOf(tx, line.account))?.id === line.flag
}

async function beginAgain(tx: Tx, needs: Listings, todo: Plan): Promise<void> {
  log.warn(
    `this database is older than what this node has done since (${todo.unknown.length} withdrawal(s)): ` +
      'a new epoch begins, and nothing of other nodes is shown before they were asked',
  )
  await endEverySignIn(tx)
  await endFeedsAndMails(tx)
  await beginNewEpoch(tx, needs, 'log')
  await forgetRestored(tx)
}

/** Does once more what a line says. Returns whether anything changed. */
async function takeBack(tx: Tx, needs: Listings, line: Withdrawal): Promise<boolean> {
  const owner = await lockOwner(tx, line.account)
  if (!owner) return false
  if ('closed' in line) {
    if (owner.state !== 'closed') await closeForGood(tx, line.account)
    return false // nobody is left to tell
  }
  const changed = await takeBackShown(tx, needs, line, owner)
  if (changed) await republish(tx, needs, line.account)
  return changed
}

function takeBackShown(
  tx: Tx,
  needs: Listings,
  line: Exclude<Withdrawal, { readonly closed: true }>,
  owner: Owner,
): Promise<boolean> {
  if ('flag' in line) return closeAgain(tx, needs, line.account)
  if ('unlisted' in line) return hideAgain(tx, needs, line.account)
  if ('answers' in line) return keepFieldsFrom(tx, line.account, { fields: line.answers, level: line.from })
  return narrowAgain(tx, needs, line, owner)
}

async function hideAgain(tx: Tx, needs: Listings, accountId: string): Promise<boolean> {
  const listing = await listingOf(tx, accountId)
  if (!listing?.public || listing.unlistedSince !== null) return false
  await setHidden(tx, needs, listing, true)
  return true
}

// Whichever flag is open here was opened before the one that the line names was closed.
async function closeAgain(tx: Tx, needs: Listings, accountId: string): Promise<boolean> {
  const flag = await flagOf(tx, accountId)
  if (!flag || flag.closedAt !== null) return false
  await closeFlag(tx, needs, flag, flag.endsAt <= needs.now() ? 'lapsed' : 'person')
  return true
}

async function narrowAgain(
  tx: Tx,
  needs: Listings,
  line: Withdrawal & { readonly listing: string; readonly still: readonly string[] },
  { language }: Pick<Owner, 'language'>,
): Promise<boolean> {
  const before = await listingOf(tx, line.account)
  if (!before) return false
  const said = { language, channel: 'job' } as const
  const after = staying(before, line.still)
  if (!isListed(after)) {
    await switchOff(tx, needs, before, 'all', said)
    return true
  }
  const lost = switchedOff(before, after)
  // The widest first: it ends the ids that the others would end again.
  for (const purpose of lost.toReversed()) {
    const now = await listingOf(tx, line.account)
    if (now?.[purpose]) await switchOff(tx, needs, now, purpose, said)
  }
  // Her person's id may have ended with the listing's; one that everyone may know stays.
  if (lost.length === 0 && before.id === line.listing)
    await withNewIds(tx, needs, before, { listing: true, person: !before.public })
  return lost.length > 0 || before.id === line.listing
}

/** Notes that an account was closed, so that an older database closes it again. Nothing for one that is open, or noted already. */
export function noteClosed(needs: Needs & Pick<App, 'withdrawals'>, accountId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const owner = await lockOwner(tx, accountId)
    const isNoted = (await withdrawals(tx)).some((one) => 'closed' in one && one.account === accountId)
    if (owner?.state === 'closed' && !isNoted) await note(tx, needs, accountId, [{ closed: true }])
  })
}

/** Counts a start, or an hour: a database with a lower count than the log is an older one. */
export function countOn(needs: Needs): Promise<void> {
  return needs.db.transaction((tx) => raiseMark(tx))
}

/**
 * Makes the log say what the database knows: lines that could not be written, or all of them in a new log, and the newest count. With
 * `tidy` it leaves out what is older than 400 days. Throws what the system says when the log cannot be written.
 */
export function completeLog(needs: Needs & Pick<App, 'withdrawals'>, tidy: boolean): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await holdLog(tx)
    const before = later(needs.now(), -keptDays * day)
    await forgetWithdrawals(tx, before)
    const content = await needs.withdrawals.read()
    const { mark } = await counted(tx)
    const lacking = missing(content, await withdrawals(tx))
    if (lacking.length > 0) log.warn(`the log of withdrawals lacked ${lacking.length} line(s), which are in it now`)
    const kept = content.withdrawals.filter(({ at }) => at >= before.toISOString())
    const isTidy = kept.length === content.withdrawals.length && content.marks < 2 && content.torn === 0
    const newest = Math.max(mark, content.mark)
    if (tidy && !isTidy) await needs.withdrawals.rewrite([...kept, ...lacking].toSorted(byNumber), newest)
    else if (lacking.length > 0 || newest > content.mark) await needs.withdrawals.append(lacking, newest)
  })
}

const byNumber = (one: Withdrawal, other: Withdrawal): number => one.number - other.number
