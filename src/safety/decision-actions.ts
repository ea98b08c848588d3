import type { Account } from '../accounts/account.ts'
import { asModerator } from '../accounts/steps.ts'
import { moderators } from '../accounts/views.ts'
import type { Needs } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { choicesFor, isOpenToAppeal, isTold, type Decision, type ReportChoice } from './decision.ts'
import { endAppeal, keepAppeal, keepHiddenEntry, logDecision, removeHiddenEntry } from './decision-store.ts'
import { appealById, decisionById, judges } from './decision-views.ts'
import { reasonOf } from './report.ts'
import { closeReport, wantForwarded } from './report-store.ts'
import { reportFor, type Report } from './report-views.ts'

type Who = Pick<Account, 'id'>
type OwnNeeds = Needs & { readonly config: { readonly origin: string } }

/**
 * A moderator decides about a report: logged with her reason, and done. Refuse a domain by refuseDomain instead. Refusal not-allowed
 * for who does not moderate, not-found for what concerns herself; InvalidInput without a reason or for what does not fit.
 */
export function decide(
  needs: OwnNeeds,
  who: Who,
  { reportId, choice, reason }: { readonly reportId: string; readonly choice: ReportChoice; readonly reason: string },
): Promise<void> {
  const because = reasonOf(reason)
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    await asModerator(tx, who)
    const report = await reportFor(tx, who.id, reportId)
    // Of two who decide at once, the second is told.
    if (!report || !(await closeReport(tx, reportId, now))) throw new Refusal('not-found')
    if (choice === 'refuse-domain' || !choicesFor(report, new URL(needs.config.origin).host).includes(choice))
      throw new Refusal('not-allowed')
    const decision: Decision = {
      id: needs.newId(),
      at: now,
      byAccount: who.id,
      kind: choice,
      reason: because,
      reportId,
      aboutAccount: report.aboutAccountId,
      target: report.aboutAccountId === null ? report.about : null,
      answers: null,
    }
    await logDecision(tx, decision)
    await carryOut(tx, needs, decision, report)
  })
}

async function carryOut(tx: Tx, needs: Needs, decision: Decision, report: Report): Promise<void> {
  const { id, kind, byAccount: by } = decision
  if (kind === 'hide-entry') {
    const { about: person, aboutHost: host, aboutName, listingId } = report
    if (listingId !== null)
      await keepHiddenEntry(
        tx,
        { id: needs.newId(), person, host, name: aboutName ?? person, listingId, by },
        decision.at,
      )
  }
  if (kind === 'refer') {
    await wantForwarded(tx, report.id)
    await enqueue(tx, 'federation.send-flag', { reportId: report.id }, { key: report.id })
  }
  if (kind === 'end-public' || kind === 'end-listing')
    await enqueue(tx, 'listing.end-by-decision', { decisionId: id }, { key: id })
  if (isTold(kind)) await enqueue(tx, 'safety.tell-concerned', { decisionId: id }, { key: id })
}

/** A moderator hides a person of another node here, without a report: nobody is blocked, and nobody is told (C6). */
export function hideEntry(
  needs: Needs,
  who: Who,
  entry: {
    readonly person: string
    readonly listingId: string
    readonly host: string
    readonly name: string
    readonly reason: string
  },
): Promise<void> {
  const reason = reasonOf(entry.reason)
  return needs.db.transaction(async (tx) => {
    await asModerator(tx, who)
    if (!(await keepHiddenEntry(tx, { ...entry, id: needs.newId(), by: who.id }, needs.now()))) return
    await logDecision(tx, lineOf(needs, who, { kind: 'hide-entry', reason, target: entry.person }))
  })
}

/** Shows her again. Refusal not-found when nobody of that id is hidden. */
export function showEntry(needs: Needs, who: Who, id: string, reason: string): Promise<void> {
  const because = reasonOf(reason)
  return needs.db.transaction(async (tx) => {
    await asModerator(tx, who)
    const hidden = await removeHiddenEntry(tx, id)
    if (!hidden) throw new Refusal('not-found')
    await logDecision(tx, lineOf(needs, who, { kind: 'show-entry', reason: because, target: hidden.person }))
  })
}

function lineOf(
  needs: Needs,
  who: Who,
  line: Pick<Decision, 'kind' | 'reason'> & Partial<Pick<Decision, 'target' | 'aboutAccount' | 'answers' | 'reportId'>>,
): Decision {
  const nothing = { reportId: null, aboutAccount: null, target: null, answers: null }
  return { ...nothing, id: needs.newId(), at: needs.now(), byAccount: who.id, ...line }
}

/** The person concerned asks that somebody else decides again: once for each decision. Refusal not-found for what is not hers, or cannot be asked. */
export function appeal(needs: Needs, who: Who, decisionId: string, content: string): Promise<void> {
  const text = reasonOf(content, 'appeal')
  return needs.db.transaction(async (tx) => {
    const decision = await decisionById(tx, decisionId)
    if (decision?.aboutAccount !== who.id || !isOpenToAppeal(decision.kind)) throw new Refusal('not-found')
    const id = needs.newId()
    if (!(await keepAppeal(tx, { id, decisionId, accountId: who.id, content: text }, needs.now()))) return
    for (const judge of await judges(tx, decision))
      await enqueue(tx, 'safety.tell-judge', { appealId: id, accountId: judge.id }, { key: `${id}:${judge.id}` })
  })
}

/** Somebody else decides an appeal. Refusal not-allowed for who may not (decision.ts: judgesOf), not-found when it was decided. */
export function decideAppeal(
  needs: Needs,
  who: Who,
  {
    appealId,
    outcome,
    reason,
  }: {
    readonly appealId: string
    readonly outcome: 'appeal-stands' | 'appeal-reversed'
    readonly reason: string
  },
): Promise<void> {
  const because = reasonOf(reason)
  return needs.db.transaction(async (tx) => {
    const asked = await appealById(tx, appealId)
    const decision = asked && (await decisionById(tx, asked.decisionId))
    if (!decision) throw new Refusal('not-found')
    if (!(await judges(tx, decision)).some(({ id }) => id === who.id)) throw new Refusal('not-allowed')
    if (!(await endAppeal(tx, appealId, needs.now()))) throw new Refusal('not-found')
    const line = lineOf(needs, who, {
      kind: outcome,
      reason: because,
      reportId: decision.reportId,
      aboutAccount: decision.aboutAccount,
      answers: decision.id,
    })
    await logDecision(tx, line)
    await enqueue(tx, 'safety.tell-concerned', { decisionId: line.id }, { key: line.id })
  })
}

/** Queues one mail about a report for each moderator, but for those whom it concerns. */
export function tellEachModerator(needs: Needs, reportId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    for (const { id } of await moderators(tx)) {
      if (!(await reportFor(tx, id, reportId))) continue
      await enqueue(tx, 'safety.tell-moderator', { reportId, accountId: id }, { key: `${reportId}:${id}` })
    }
  })
}
