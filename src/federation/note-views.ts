import { day, later } from '../common/clock.ts'
import { often, oneRow, rows, type Reader } from '../database/database.ts'
import { closingDays, defaultPosting, openDaysBeforeClosing, postDays, type Note, type Posting } from './notes.ts'

const noteColumns = `note.id, note.person_id as "personId", note.kind, note.number, chat_flag.number as "flagNumber", office_hours.id as "hoursId", note.practices, note.job,
  note.body, note.made_at as "madeAt", note.ends_at as "endsAt", note.deleted_at as "deletedAt"`
const noteTables = `note left join chat_flag on chat_flag.id = note.flag_id
  left join office_hours on office_hours.id = note.hours_id and office_hours.ended_at is null and office_hours.told`

/** The post with that number of a person, also when it was taken back. */
export function noteByNumber(reader: Reader, personId: string, number: number): Promise<Note | undefined> {
  return oneRow<Note>(
    reader,
    often(`select ${noteColumns} from ${noteTables} where note.person_id = $1 and note.number = $2`),
    [personId, number],
  )
}

/** A person's posts that were not taken back yet, oldest first. Whether they are still true is for notes.ts. */
export function standingNotes(reader: Reader, personId: string): Promise<Note[]> {
  return rows<Note>(
    reader,
    often(`select ${noteColumns} from ${noteTables}
     where note.person_id = $1 and note.number is not null and note.deleted_at is null order by note.number`),
    [personId],
  )
}

/** What an account made or missed since then, newest first, under all person ids that it had. */
export function notesSince(reader: Reader, accountId: string, since: Date): Promise<Note[]> {
  return rows<Note>(
    reader,
    `select ${noteColumns} from ${noteTables} join person on person.id = note.person_id
     where person.account_id = $1 and note.made_at > $2 order by note.made_at desc, note.id`,
    [accountId, since],
  )
}

/** When an account's posts of the last 30 days were made, whatever became of them. */
export async function postTimes(reader: Reader, accountId: string, now: Date): Promise<readonly Date[]> {
  const made = await notesSince(reader, accountId, later(now, -postDays * day))
  return made.filter(({ number }) => number !== null).map(({ madeAt }) => madeAt)
}

/** Whether that post about a flag stands, or was left out before. One that was taken back while the flag is open said what is not so any more. */
export async function wasTold(reader: Reader, flagId: string, kind: 'opened' | 'closing'): Promise<boolean> {
  return (
    (await oneRow(
      reader,
      'select 1 from note where flag_id = $1 and kind = $2 and (deleted_at is null or number is null)',
      [flagId, kind],
    )) !== undefined
  )
}

/**
 * The number of a person's next post: above all before, and no less than the minutes since she came, so that a database that was
 * restored from a backup gives no post the address of one that it does not know of, and that was deleted everywhere.
 */
export async function nextNoteNumber(reader: Reader, personId: string, now: Date): Promise<number> {
  const found = await oneRow<{ next: number }>(
    reader,
    `select greatest(coalesce(max(note.number), 0) + 1, floor(extract(epoch from $2 - min(person.created_at)) / 60)::int) as next
     from person left join note on note.person_id = person.id where person.id = $1`,
    [personId, now],
  )
  return found?.next ?? 1
}

/** What an account chose about posts. */
export async function postingOf(reader: Reader, accountId: string): Promise<Posting> {
  const found = await oneRow<Posting>(
    reader,
    'select opened, closing, practice, topic from posting where account_id = $1',
    [accountId],
  )
  return found ?? defaultPosting
}

/** Whose account a person is, or was. */
export async function accountOfPerson(reader: Reader, personId: string): Promise<string | undefined> {
  const found = await oneRow<{ accountId: string | null }>(
    reader,
    'select account_id as "accountId" from person where id = $1',
    [personId],
  )
  return found?.accountId ?? undefined
}

/** The people about whose posts the clock has something to say: one has ended, or a flag ends soon. At most `limit`. */
export async function peopleWithDuePosts(reader: Reader, now: Date, limit: number): Promise<readonly string[]> {
  const found = await rows<{ personId: string }>(
    reader,
    `(select distinct note.person_id as "personId" from note
      left join listing on listing.person_id = note.person_id and listing.public and listing.unlisted_since is null
      where note.deleted_at is null and note.number is not null and (note.ends_at <= $1 or listing.id is null) limit $4)
     union
     (select listing.person_id from chat_flag join listing on listing.announced_flag = chat_flag.id
      join posting on posting.account_id = listing.account_id and posting.closing
      where chat_flag.closed_at is null and chat_flag.ends_at > $1 and chat_flag.ends_at <= $2 and listing.public
        and chat_flag.opened_at <= chat_flag.ends_at - make_interval(days => $3)
        and not exists (select from note where note.flag_id = chat_flag.id and note.kind = 'closing'
          and (note.deleted_at is null or note.number is null))
      order by chat_flag.ends_at limit $4)`,
    [now, later(now, closingDays * day), openDaysBeforeClosing + closingDays, limit],
  )
  return found.map(({ personId }) => personId)
}

/** The people of whom a flag was told and not taken back. */
export async function peopleToldOf(reader: Reader, flagId: string): Promise<readonly string[]> {
  const found = await rows<{ personId: string }>(
    reader,
    'select distinct person_id as "personId" from note where flag_id = $1 and number is not null and deleted_at is null',
    [flagId],
  )
  return found.map(({ personId }) => personId)
}
