import { backedUp } from '../../src/database/backup-tables.ts'
import { openDatabase, rows, type Db } from '../../src/database/database.ts'
import { freshDatabase } from '../support/database.ts'

// IG14: the database has no place for what two people say to each other. Whatever could hold words stands here with what it holds, so a
// column or a table for conversation content cannot come without somebody saying what it is for.

const families = /^(?:chat|request|introduction|booking|worth|learn|ask_|office_hours)/
/** Names by which a table of any other area would give itself away. */
const telling = /(?:^|_)(?:text|body|content|message|messages|words|note|notes|comment|said|line|lines|reason)(?:_|$)/

const held: Readonly<Record<string, string>> = {
  'which one, whose, or where something is: an id, an address of a document, a hash': `
    ask_draft.account_id ask_draft.entry ask_draft.introduced_by
    booking.id booking.hours_id booking.guest_account booking.guest_actor booking.join_id
    booking_away.id booking_away.account_id booking_away.person_id booking_away.host_actor booking_away.event
    chat.id chat.account_id chat.offer chat.agreement chat.context chat.flag chat.person_id chat.peer_actor chat.peer_host
    chat.peer_page chat.peer_entry chat.peer_account_id chat.introduced_by chat.invited
    chat_admission.account_id chat_admission.peer_hash chat_admission.introducer_hash chat_arrival.asker_hash
    chat_flag.id chat_flag.account_id chat_message.chat_id chat_pause.account_id chat_pause.peer_hash
    chat_refusal.id chat_refusal.offer chat_refusal.person_id chat_refusal.actor chat_refusal.host
    chat_tally.account_id chat_told.chat_id chat_undone.offer_hash chat_undone.asker_hash chat_undone.host_hash
    introduction.id introduction.account_id introduction.person_id introduction.asker introduction.introducer
    introduction.target introduction.ask_offer introduction.pass_offer introduction_message.introduction_id
    learned.id learned.account_id office_hours.id office_hours.account_id office_hours.person_id
    request.id request.account_id request.person_id request.actor request.host request.page request.inbox request.context
    request_answer.id request_answer.request_id request_answer.in_reply_to request_arrival.account_id
    request_arrival.host_hash request_choice.account_id request_meeting.request_id request_pause.account_id
    request_pause.actor_hash request_text.id request_text.request_id request_text.note request_text.in_reply_to
    worth.chat_id`,
  'one of a few words of the program, mostly held by a check of the table': `
    ask_draft.kind booking.state booking_away.state booking_away.wanted booking_away.told
    chat.side chat.kind chat.boundaries chat.standing chat.plan_by chat_admission.side chat_count.what
    chat_flag.kinds chat_flag.boundaries chat_flag.closed_because chat_message.what chat_pause.side chat_total.what
    introduction.part introduction.standing introduction_message.what learned.kind office_hours.every
    request.kind request_answer.state worth.answer worth.their_answer`,
  'how the other one is called in the directory or on her server': `
    booking.guest_name booking_away.host_name chat.peer_name chat.peer_organisation chat.peer_role chat.peer_country
    chat.peer_handle request.handle request.name`,
  'days and times': `
    ask_draft.times booking.day chat.counted_month chat.plan_offered chat_tally.month chat_total.month office_hours.first_day
    office_hours.until_day office_hours.starts_at office_hours.zone office_hours.country office_hours.region
    office_hours.off_days`,
  'words: the three lines of a request, or the one of an introduction, written before there is a conversation': `
    ask_draft.why ask_draft.hope ask_draft.bring chat.why chat.hope chat.bring introduction.line`,
  'words: where to meet, and what somebody needs for it': `
    booking_away.place chat.asker_place chat.asker_access chat.asked_place chat.asked_access office_hours.place
    request_meeting.place`,
  'words: a message from another server and at most five answers, which its sender’s server has as well': `
    request_answer.text request_text.text request_text.changed_text`,
  'words: what each of the two says of a chat when it is over, told to the other only if both wish': `
    worth.note worth.their_note`,
  'words for herself, which she alone reads': 'learned.what',
  'words elsewhere: of moderators and administrators, of reports to them, and of lists of servers': `
    appeal.content block_list_entry.comment decision.reason domain_block.reason report.content report_attachment.content`,
  'words elsewhere: what is public, or is on its way between servers for seconds': `
    inbox_activity.body note.body outgoing_activity.body topic_announcement.note_id`,
  'no words of people: hashes, words of the dictionary, and what the log of withdrawals has yet to hear': `
    copy.content_hash published_listing.content_hash staged_copy.content_hash withdrawal.line word_waiting.words`,
}

let db: Db

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
})

afterAll(() => db.close())

/** The columns of the database that could hold words: every one of these areas, and of others whatever has a telling name. */
async function columnsForWords(): Promise<readonly string[]> {
  const columns = await rows<{ table: string; column: string }>(
    db,
    `select table_name as "table", column_name as "column" from information_schema.columns
     where table_schema = 'public'
       and data_type in ('text', 'json', 'jsonb', 'ARRAY', 'character varying', 'character', 'bytea', 'xml', 'USER-DEFINED')`,
  )
  return columns
    .filter(({ table, column }) => families.test(table) || telling.test(column))
    .map(({ table, column }) => `${table}.${column}`)
    .toSorted()
}

test('every column that could hold words is known, with what it is for; there is none for a conversation', async () => {
  expect(await columnsForWords()).toEqual(columnsOf(() => true).toSorted())
})

test('a table or a column for a conversation would be noticed', async () => {
  await rows(db, 'create table chat_reply (number integer, said jsonb)')
  await rows(db, 'create table thread (number integer, message_text text)')
  await rows(db, 'alter table worth add column answer_to_note varchar')
  const added = ['chat_reply.said', 'thread.message_text', 'worth.answer_to_note']
  expect((await columnsForWords()).filter((column) => !columnsOf(() => true).includes(column))).toEqual(added)
})

test('words of two people are in no backup; her own log is', () => {
  const tables = columnsOf((reason) => reason.startsWith('words:')).map((column) => column.split('.')[0] ?? '')
  expect(tables.length).toBeGreaterThan(10)
  expect(tables.filter((table) => backedUp.includes(table))).toEqual([])
  expect(backedUp).toContain('learned')
})

function columnsOf(which: (reason: string) => boolean): readonly string[] {
  return Object.entries(held)
    .filter(([reason]) => which(reason))
    .flatMap(([, columns]) => columns.trim().split(/\s+/))
}
