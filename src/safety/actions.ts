import type { Needs } from '../app.ts'
import { later } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { logger } from '../common/log.ts'
import { enqueue } from '../jobs/queue.ts'
import { pairOf } from './block-views.ts'
import { domainTyped, isWithin, nameOfHost } from './domain.ts'
import {
  longestContent,
  mergedWithin,
  mostFromHost,
  mostFromPerson,
  mostPosts,
  reasonOf,
  reportsKeptFor,
  type NewReport,
  type OutsideReport,
  type Subject,
} from './report.ts'
import { forgetReports, keepForwarded, keepReport, lockReporter, reportsSince } from './report-store.ts'
import {
  forgetGoneBlocks,
  keepPersonBlock,
  keepReceivedBlock,
  personBlocks,
  removePersonBlock,
  removeReceivedBlock,
} from './store.ts'

const log = logger('safety')

/** A person blocks at most so many. */
const mostBlocks = 1_000

/**
 * A person blocks an actor, here or elsewhere: from now on neither finds the other. What it follows or asked of her ends by a job.
 * A second time changes nothing. Refusal too-many-requests beyond 1,000.
 */
export function blockActor(
  needs: Needs,
  {
    accountId,
    ...whom
  }: { readonly accountId: string } & Omit<Subject, 'accountId'> & {
      /** Where the actor is a person here. */
      readonly blockedAccountId?: string | undefined
    },
): Promise<void> {
  const { actor, name = null, blockedAccountId = null } = whom
  if (blockedAccountId === accountId) throw new Refusal('not-allowed')
  return keepBlock(needs, accountId, { actor, domain: null, name, blockedAccountId })
}

/** A person blocks a whole server with what is below it. InvalidInput for what is no domain, or our own. */
export async function blockDomainForPerson(
  needs: Needs & { readonly config: { readonly origin: string } },
  { accountId, domain: typed }: { readonly accountId: string; readonly domain: string },
): Promise<string> {
  if (typed.trim() === '') throw new InvalidInput([{ field: 'domain', rule: 'required' }])
  const domain = domainTyped(typed)
  if (domain === undefined) throw new InvalidInput([{ field: 'domain', rule: 'format' }])
  if (isWithin(new URL(needs.config.origin).host, domain)) throw new InvalidInput([{ field: 'domain', rule: 'self' }])
  await keepBlock(needs, accountId, { actor: null, domain, name: null, blockedAccountId: null })
  return domain
}

function keepBlock(
  needs: Needs,
  accountId: string,
  block: {
    readonly actor: string | null
    readonly domain: string | null
    readonly name: string | null
    readonly blockedAccountId: string | null
  },
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if ((await personBlocks(tx, accountId)) >= mostBlocks) throw new Refusal('too-many-requests')
    const id = needs.newId()
    if (!(await keepPersonBlock(tx, { id, accountId, ...block }, needs.now()))) return
    await enqueue(tx, 'federation.person-blocked', { blockId: id }, { key: id })
    await enqueue(tx, 'bookings.settle', {}, { key: 'all' })
  })
}

/** A person takes a block back. What it ended does not come back by itself. Refusal not-found. */
export function unblock(needs: Needs, accountId: string, blockId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if (!(await removePersonBlock(tx, accountId, blockId))) throw new Refusal('not-found')
  })
}

/** An actor elsewhere blocked a person here: honoured from now on, and nobody is told. `activity` is the Block's id. */
export function receiveBlockOf(
  needs: Needs,
  { accountId, personId, actor, activity }: ReceivedBlock & { readonly accountId: string; readonly personId: string },
): Promise<void> {
  const block = { accountId, personId, pair: pairOf(accountId, actor), activity: pairOf(actor, activity) }
  return needs.db.transaction((tx) => keepReceivedBlock(tx, block, needs.now()))
}

type ReceivedBlock = { readonly actor: string; readonly activity: string }

/** The same actor took it back: nothing of it is kept. Whom it was about may not be said, only which Block. */
export function receiveUnblockOf(
  needs: Needs,
  { actor, activity, accountId }: Partial<ReceivedBlock> & { readonly actor: string; readonly accountId?: string },
): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if (accountId !== undefined) await removeReceivedBlock(tx, { accountId, pair: pairOf(accountId, actor) })
    if (activity !== undefined) await removeReceivedBlock(tx, { activity: pairOf(actor, activity) })
  })
}

/** Forgets blocks of people's former ids, reports 30 days after they were closed, and attached words 30 days after they came. */
export function tidySafety(needs: Needs): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await forgetGoneBlocks(tx)
    await forgetReports(tx, later(needs.now(), -reportsKeptFor))
  })
}

/**
 * A person reports somebody to the moderators of this node, and, if she says so, of the other. The id of the report; a second one
 * about the same person within a day is added to the first. InvalidInput without a reason of 1 to 1,000 characters.
 */
export function report(needs: Needs, { accountId, about, ...given }: NewReport): Promise<string> {
  const content = reasonOf(given.reason)
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    await lockReporter(tx, accountId)
    if ((await reportsSince(tx, { accountId }, later(now, -mergedWithin))) >= mostFromPerson)
      throw new Refusal('too-many-requests')
    const isElsewhere = about.accountId === undefined
    const kept = await keepReport(
      tx,
      {
        id: needs.newId(),
        reporterAccountId: accountId,
        reporterHost: null,
        about,
        listingId: given.listingId ?? null,
        posts: (given.posts ?? []).slice(0, mostPosts),
        content,
        attached: given.attached ? { ...given.attached, words: given.attached.words.slice(0, longestContent) } : null,
        forward: isElsewhere && given.forward === true,
      },
      now,
      later(now, -mergedWithin),
    )
    if (kept.isNew) await enqueue(tx, 'safety.tell-moderators', { reportId: kept.id }, { key: kept.id })
    if (isElsewhere && given.forward === true)
      await enqueue(tx, 'federation.send-flag', { reportId: kept.id }, { key: kept.id })
    return kept.id
  })
}

/** A report of another server about a person here. Undefined when that server has sent too many today: it is dropped. */
export function receiveReport(needs: Needs, outside: OutsideReport): Promise<string | undefined> {
  const now = needs.now()
  const reporterHost = nameOfHost(outside.reporterHost) ?? outside.reporterHost
  return needs.db.transaction(async (tx) => {
    await lockReporter(tx, reporterHost)
    if ((await reportsSince(tx, { host: reporterHost }, later(now, -mergedWithin))) >= mostFromHost) {
      log.warn(`a report of ${reporterHost} was dropped: too many today`)
      return undefined
    }
    const kept = await keepReport(
      tx,
      {
        id: needs.newId(),
        reporterAccountId: null,
        reporterHost,
        about: outside.about,
        listingId: null,
        posts: outside.posts.slice(0, mostPosts),
        content: outside.content.slice(0, longestContent),
        attached: null,
        forward: false,
      },
      now,
      later(now, -mergedWithin),
    )
    if (kept.isNew) await enqueue(tx, 'safety.tell-moderators', { reportId: kept.id }, { key: kept.id })
    return kept.id
  })
}

/** A report was handed to the server of whoever it is about. */
export function noteForwarded(needs: Needs, reportId: string): Promise<void> {
  return needs.db.transaction((tx) => keepForwarded(tx, reportId, needs.now()))
}
