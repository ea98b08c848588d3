import { administrators, moderators } from '../accounts/views.ts'
import type { Account } from '../accounts/account.ts'
import { oneRow, rows, type Db, type Reader, type Tx } from '../database/database.ts'
import { judgesOf, type Decision } from './decision.ts'
import { concerns } from './report-views.ts'

const columns = `d.id, d.at, d.by_account as "byAccount", d.kind, d.reason, d.report_id as "reportId",
  d.about_account as "aboutAccount", d.target, d.answers`

/** A line of the log with the addresses of those who sign in here, for moderators and administrators. */
export type LoggedDecision = Decision & { readonly by: string | null; readonly aboutMail: string | null }

/** How many lines a page of the log shows. */
export const decisionsOnAPage = 50

/** The log, newest first, from below the line with that number; without what concerns the reader herself but for her own deeds. */
export async function decisionLog(
  reader: Reader,
  readerId: string,
  before?: number,
): Promise<{ readonly decisions: readonly LoggedDecision[]; readonly next: number | undefined }> {
  const found = await rows<LoggedDecision & { number: number }>(
    reader,
    `select ${columns}, d.number::float8 as number, b.mail as by, a.mail as "aboutMail"
     from decision d left join account b on b.id = d.by_account left join account a on a.id = d.about_account
     where ($1::bigint is null or d.number < $1) and d.about_account is distinct from $3
     order by d.number desc limit $2`,
    [before ?? null, decisionsOnAPage + 1, readerId],
  )
  const decisions = found.slice(0, decisionsOnAPage)
  return { decisions, next: found.length > decisionsOnAPage ? decisions.at(-1)?.number : undefined }
}

/** What was decided about one report, oldest first. */
export function decisionsOnReport(reader: Reader, reportId: string): Promise<LoggedDecision[]> {
  return rows<LoggedDecision>(
    reader,
    `select ${columns}, b.mail as by, null as "aboutMail" from decision d left join account b on b.id = d.by_account
     where d.report_id = $1 order by d.number`,
    [reportId],
  )
}

/** A decision as the person concerned sees it: what, when and why; not who reported, nor who decided. */
export type OwnDecision = Pick<Decision, 'id' | 'at' | 'kind' | 'reason' | 'answers'> & {
  readonly appealedAt: Date | null
  readonly appealDecidedAt: Date | null
}

/** What was decided about a person here, newest first; at most 200. That a report came to nothing she does not hear. */
export function decisionsAbout(reader: Reader, accountId: string): Promise<OwnDecision[]> {
  return rows<OwnDecision>(
    reader,
    `select d.id, d.at, d.kind, d.reason, d.answers, a.made_at as "appealedAt", a.decided_at as "appealDecidedAt"
     from decision d left join appeal a on a.decision_id = d.id
     where d.about_account = $1 and d.kind <> 'nothing' order by d.number desc limit 200`,
    [accountId],
  )
}

export function decisionById(reader: Reader, id: string): Promise<Decision | undefined> {
  return oneRow<Decision>(reader, `select ${columns} from decision d where d.id = $1`, [id])
}

/** An appeal, with the decision that it is about. */
export type Appeal = {
  readonly id: string
  readonly decisionId: string
  readonly accountId: string
  readonly content: string
  readonly madeAt: Date
  readonly decidedAt: Date | null
}

const appealColumns = `a.id, a.decision_id as "decisionId", a.account_id as "accountId", a.content, a.made_at as "madeAt",
  a.decided_at as "decidedAt"`

export function appealById(reader: Reader, id: string): Promise<Appeal | undefined> {
  return oneRow<Appeal>(reader, `select ${appealColumns} from appeal a where a.id = $1`, [id])
}

/** Appeals that wait; at most 200. Who may decide each, `judges` says. */
export function openAppeals(reader: Reader): Promise<Appeal[]> {
  return rows<Appeal>(
    reader,
    `select ${appealColumns} from appeal a where a.decided_at is null order by a.made_at, a.id limit 200`,
  )
}

/** Those who may decide an appeal about a decision now (decision.ts: judgesOf). */
export async function judges(reader: Db | Tx, decision: Decision): Promise<readonly Account[]> {
  const all = await withoutReporter(reader, decision, await moderators(reader))
  const above = await withoutReporter(reader, decision, await administrators(reader))
  const ids = judgesOf(
    decision,
    all.map(({ id }) => id),
    above.map(({ id }) => id),
  )
  return [...new Map([...all, ...above].map((account) => [account.id, account])).values()].filter(({ id }) =>
    ids.includes(id),
  )
}

// Who complained does not judge whether she was right.
async function withoutReporter(
  reader: Reader,
  { reportId }: Decision,
  accounts: readonly Account[],
): Promise<readonly Account[]> {
  const fresh: Account[] = []
  for (const one of accounts) if (reportId === null || !(await concerns(reader, reportId, one.id))) fresh.push(one)
  return fresh
}

/** Whether somebody reads reports now. */
export async function mayModerate(reader: Db | Tx, accountId: string): Promise<boolean> {
  return (await moderators(reader)).some(({ id }) => id === accountId)
}

/** A person of another node who is not shown here. */
export type HiddenEntry = {
  readonly id: string
  readonly person: string
  readonly name: string
  readonly host: string
  readonly hiddenAt: Date
}

/** Who is hidden here, newest first; at most 500. */
export function hiddenEntries(reader: Reader): Promise<HiddenEntry[]> {
  return rows<HiddenEntry>(
    reader,
    'select id, person, name, host, hidden_at as "hiddenAt" from hidden_entry order by hidden_at desc, id limit 500',
  )
}
