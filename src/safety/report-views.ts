import { oneRow, rows, type Reader } from '../database/database.ts'

/** A report as moderators see it. Who reported is "somebody here" or a host: the account is not among the columns. */
export type Report = {
  readonly id: string
  /** The server that reported; null when it was somebody here. */
  readonly reporterHost: string | null
  /** The person here whom it is about. */
  readonly aboutAccountId: string | null
  readonly about: string
  readonly aboutHost: string
  readonly aboutName: string | null
  readonly listingId: string | null
  readonly posts: readonly string[]
  readonly content: string
  readonly attached: string | null
  /** When the first of the attached words came. */
  readonly attachedAt: Date | null
  readonly times: number
  readonly forward: boolean
  readonly forwardedAt: Date | null
  readonly madeAt: Date
  readonly changedAt: Date
  readonly closedAt: Date | null
}

const columns = `r.id, r.reporter_host as "reporterHost", r.about_account_id as "aboutAccountId", r.about, r.about_host as "aboutHost",
  r.about_name as "aboutName", r.listing_id as "listingId", r.posts, r.content,
  (select a.content from report_attachment a where a.report_id = r.id) as attached,
  (select a.made_at from report_attachment a where a.report_id = r.id) as "attachedAt", r.times, r.forward,
  r.forwarded_at as "forwardedAt", r.made_at as "madeAt", r.changed_at as "changedAt", r.closed_at as "closedAt"`

// A moderator decides nothing about herself, and does not read what is said about her or what she said herself.
const forOthers = `(r.about_account_id is null or r.about_account_id <> $1) and (r.reporter_account_id is null or r.reporter_account_id <> $1)`

/** Reports that nobody has decided, longest waiting first; at most 200. Without those that concern the moderator who asks. */
export function openReports(reader: Reader, moderatorId: string): Promise<Report[]> {
  return rows<Report>(
    reader,
    `select ${columns} from report r where r.closed_at is null and ${forOthers} order by r.made_at, r.id limit 200`,
    [moderatorId],
  )
}

/** How many of those there are. */
export async function openReportCount(reader: Reader, moderatorId: string): Promise<number> {
  const found = await oneRow<{ count: number }>(
    reader,
    `select count(*)::int as count from report r where r.closed_at is null and ${forOthers}`,
    [moderatorId],
  )
  return found?.count ?? 0
}

/** Reports that were decided, newest first; at most 100. */
export function closedReports(reader: Reader, moderatorId: string): Promise<Report[]> {
  return rows<Report>(
    reader,
    `select ${columns} from report r where r.closed_at is not null and ${forOthers} order by r.closed_at desc, r.id limit 100`,
    [moderatorId],
  )
}

/** One report as a moderator may read it; undefined when it concerns her. */
export function reportFor(reader: Reader, moderatorId: string, id: string): Promise<Report | undefined> {
  return oneRow<Report>(reader, `select ${columns} from report r where r.id = $2 and ${forOthers}`, [moderatorId, id])
}

/** One report, for a job. */
export function reportById(reader: Reader, id: string): Promise<Report | undefined> {
  return oneRow<Report>(reader, `select ${columns} from report r where r.id = $1`, [id])
}

/** Whether a report concerns an account: it is about her, or hers. */
export async function concerns(reader: Reader, reportId: string, accountId: string): Promise<boolean> {
  return (
    (await oneRow(
      reader,
      'select 1 from report where id = $1 and (about_account_id = $2 or reporter_account_id = $2)',
      [reportId, accountId],
    )) !== undefined
  )
}
