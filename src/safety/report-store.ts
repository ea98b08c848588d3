import { changed, oneRow, type Tx } from '../database/database.ts'
import { mergedContent, mergedPosts, type Attached, type Subject } from './report.ts'

/** A report before it is kept. */
export type ReportToKeep = {
  readonly id: string
  readonly reporterAccountId: string | null
  readonly reporterHost: string | null
  readonly about: Subject
  readonly listingId: string | null
  readonly posts: readonly string[]
  readonly content: string
  readonly attached: Attached | null
  readonly forward: boolean
}

/**
 * Keeps a report. One by the same reporter about the same person after `since` that is still open is added to instead, but for what is
 * passed on: who said one thing to the other server did not say another. Returns its id, and whether it is new.
 */
export async function keepReport(
  tx: Tx,
  report: ReportToKeep,
  at: Date,
  since: Date,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const earlier = await oneRow<{ id: string; content: string; posts: string[] }>(
    tx,
    `select id, content, posts from report where about = $1 and closed_at is null and made_at > $2
       and reporter_account_id is not distinct from $3 and reporter_host is not distinct from $4 and not forward and not $5
     order by made_at limit 1 for update`,
    [report.about.actor, since, report.reporterAccountId, report.reporterHost, report.forward],
  )
  if (!earlier) {
    await addReport(tx, report, at)
    await keepAttached(tx, report.id, report.attached)
    return { id: report.id, isNew: true }
  }
  await changed(tx, 'update report set content = $2, posts = $3, times = times + 1, changed_at = $4 where id = $1', [
    earlier.id,
    mergedContent(earlier.content, report.content),
    mergedPosts(earlier.posts, report.posts),
    at,
  ])
  await keepAttached(tx, earlier.id, report.attached)
  return { id: earlier.id, isNew: false }
}

async function addReport(tx: Tx, report: ReportToKeep, at: Date): Promise<void> {
  const { about } = report
  await changed(
    tx,
    `insert into report (id, reporter_account_id, reporter_host, about_account_id, about, about_host, about_name,
       listing_id, posts, content, forward, made_at, changed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)`,
    [
      report.id,
      report.reporterAccountId,
      report.reporterHost,
      about.accountId ?? null,
      about.actor,
      about.host,
      about.name ?? null,
      report.listingId,
      report.posts,
      report.content,
      report.forward,
      at,
    ],
  )
}

async function keepAttached(tx: Tx, reportId: string, attached: Attached | null): Promise<void> {
  if (attached === null) return
  await changed(
    tx,
    `insert into report_attachment (report_id, content, made_at) values ($1, $2, $3)
     on conflict (report_id) do update set content = excluded.content, made_at = excluded.made_at`,
    [reportId, attached.words, attached.cameAt],
  )
}

/** Forgets reports that were closed, and words that were attached, before `before`. What an appeal waits for stays. */
export async function forgetReports(tx: Tx, before: Date): Promise<void> {
  await changed(tx, 'delete from report_attachment where made_at < $1', [before])
  await changed(
    tx,
    `delete from report r where r.closed_at < $1 and not exists (select from decision d join appeal a on a.decision_id = d.id
       where d.report_id = r.id and a.decided_at is null)`,
    [before],
  )
}

/** How many new reports a server, or a person here, made since. */
export async function reportsSince(
  tx: Tx,
  by: { readonly host: string } | { readonly accountId: string },
  since: Date,
): Promise<number> {
  const [column, value] = 'host' in by ? ['reporter_host', by.host] : ['reporter_account_id', by.accountId]
  const found = await oneRow<{ count: number }>(
    tx,
    `select count(*)::int as count from report where ${column} = $1 and made_at > $2`,
    [value, since],
  )
  return found?.count ?? 0
}

/** Locks everything of one reporter until the transaction ends, so that two reports at once are one. */
export async function lockReporter(tx: Tx, reporter: string): Promise<void> {
  await changed(tx, 'select pg_advisory_xact_lock(hashtextextended($1, 4))', [reporter])
}

/** Writes down that a report was passed on. */
export async function keepForwarded(tx: Tx, reportId: string, at: Date): Promise<void> {
  await changed(tx, 'update report set forwarded_at = $2 where id = $1 and forwarded_at is null', [reportId, at])
}

/** Nobody needs to look at a report any more; false when that was so already. */
export async function closeReport(tx: Tx, reportId: string, at: Date): Promise<boolean> {
  const closed = 'update report set closed_at = $2, changed_at = $2 where id = $1 and closed_at is null'
  return (await changed(tx, closed, [reportId, at])) === 1
}

/** Somebody decided that a report is passed on. */
export async function wantForwarded(tx: Tx, reportId: string): Promise<void> {
  await changed(tx, 'update report set forward = true where id = $1', [reportId])
}
