import { later } from '../common/clock.ts'
import { often, oneRow, rows, type Reader } from '../database/database.ts'
import { countedFor } from '../requests/request.ts'
import {
  isWaiting,
  mostADay,
  mostAnswered,
  mostWaiting,
  type Introduction,
  type Part,
  type Word,
} from './introduction.ts'

const columns = `i.id, i.account_id as "accountId", i.part, i.person_id as "personId", i.asker, i.introducer, i.target,
  i.ask_offer as "askOffer", i.pass_offer as "passOffer", i.line, i.standing, i.made_at as "madeAt", i.answer_by as "answerBy",
  i.agreed_until as "agreedUntil", i.ends_at as "endsAt"`

// Nobody reads what has ended by time, or is about a person id that is hers no more.
const kept = `introduction i join listing l on l.account_id = i.account_id and l.person_id = i.person_id
  join account a on a.id = i.account_id and a.state = 'active' where i.ends_at > $1`

function where(reader: Reader, now: Date, condition: string, values: readonly unknown[]): Promise<Introduction[]> {
  return rows<Introduction>(
    reader,
    often(`select ${columns} from ${kept} and ${condition}
      order by i.standing in ('asked', 'passed', 'agreed') desc, i.came_at desc, i.id limit 100`),
    [now, ...values],
  )
}

/** Her introductions, newest first; at most 100. */
export function introductionsOf(reader: Reader, accountId: string, now: Date): Promise<readonly Introduction[]> {
  return where(reader, now, 'i.account_id = $2', [accountId])
}

/** One introduction of hers; undefined for anybody else's and for one that is over. */
export async function introductionOf(
  reader: Reader,
  accountId: string,
  id: string,
  now: Date,
): Promise<Introduction | undefined> {
  return (await where(reader, now, 'i.account_id = $2 and i.id = $3', [accountId, id]))[0]
}

/** One introduction, for jobs: whosever it is. */
export async function introductionById(reader: Reader, id: string, now: Date): Promise<Introduction | undefined> {
  return (await where(reader, now, 'i.id = $2', [id]))[0]
}

const senders: Readonly<Record<Part, string>> = {
  asker: `i.part = 'asker' and i.introducer = $2 and i.ask_offer = $3`,
  introducer: `i.part = 'introducer' and i.target = $2 and i.pass_offer = $3`,
  target: `i.part = 'target' and i.introducer = $2 and i.pass_offer = $3`,
}

/** The record that a word of somebody is about, if she may say it: the part of its owner follows from the word and the sender. */
export async function recordAbout(
  reader: Reader,
  now: Date,
  {
    word,
    from,
    offer,
  }: { readonly word: Exclude<Word, 'ask' | 'pass'>; readonly from: string; readonly offer: string },
): Promise<Introduction | undefined> {
  const fromAsker = `i.part = 'introducer' and i.asker = $2 and i.ask_offer = $3`
  const either = word === 'undo' ? `(${fromAsker} or ${senders.target})` : `(${senders.asker} or ${senders.introducer})`
  return (await where(reader, now, either, [from, offer]))[0]
}

/** Why a person may not ask for one more introduction now; undefined when she may. */
export async function askingProblem(
  reader: Reader,
  now: Date,
  accountId: string,
  about: { readonly introducer: string; readonly target: string },
): Promise<'too-many-today' | 'already-open' | undefined> {
  const hers = (await introductionsOf(reader, accountId, now)).filter(({ part }) => part === 'asker')
  if (hers.filter(({ madeAt }) => madeAt > later(now, -countedFor)).length >= mostADay) return 'too-many-today'
  const isOpen = hers.some(
    (one) =>
      one.target === about.target &&
      (isWaiting(one, now) || (one.introducer === about.introducer && one.standing === 'ended')),
  )
  return isOpen ? 'already-open' : undefined
}

// Who asks speaks for herself; what is passed on is the word of whoever introduces.
const senderOf = { introducer: 'asker', target: 'introducer' } as const

type Sent = Pick<Introduction, 'asker' | 'introducer'> & { readonly part: Exclude<Part, 'asker'> }

/** Whether as many requests of one sender came to people here as are answered in a day, whatever became of them. */
export async function haveComeEnough(reader: Reader, now: Date, { part, ...sent }: Sent): Promise<boolean> {
  const sender = senderOf[part]
  const found = await oneRow<{ many: number }>(
    reader,
    often(`select count(*)::int as many from introduction where ${sender} = $1 and part = $2 and came_at > $3`),
    [sent[sender], part, later(now, -countedFor)],
  )
  return (found?.many ?? 0) >= mostAnswered
}

/**
 * Whether one more request may wait for her: not the same again, not too many at once, and not too many of one sender, by when they came
 * and not by when they say that they were made.
 */
export async function mayWait(
  reader: Reader,
  now: Date,
  accountId: string,
  { part, target, ...sent }: Sent & Pick<Introduction, 'target'>,
): Promise<boolean> {
  const sender = senderOf[part]
  const found = await oneRow<{ waiting: number; recent: number; same: number }>(
    reader,
    often(`select count(*) filter (where standing in ('asked', 'passed') and answer_by > $3)::int as waiting,
       count(*) filter (where ${sender} = $4 and came_at > $5)::int as recent,
       count(*) filter (where asker = $6 and target = $7 and standing <> 'withdrawn')::int as same
     from introduction where account_id = $1 and part = $2 and ends_at > $3`),
    [accountId, part, now, sent[sender], later(now, -countedFor), sent.asker, target],
  )
  return found !== undefined && found.waiting < mostWaiting && found.recent < mostADay && found.same === 0
}

/** Whose person id that is, if she is listed and active. */
export function ownerOf(reader: Reader, personId: string): Promise<{ readonly accountId: string } | undefined> {
  return oneRow(
    reader,
    often(`select l.account_id as "accountId" from listing l join account a on a.id = l.account_id and a.state = 'active'
     where l.person_id = $1`),
    [personId],
  )
}

/** One waiting message of an introduction, the oldest. */
export function nextMessage(
  reader: Reader,
  introductionId: string,
): Promise<{ readonly number: string; readonly what: Word; readonly attempts: number } | undefined> {
  return oneRow(
    reader,
    often('select number, what, attempts from introduction_message where introduction_id = $1 order by number limit 1'),
    [introductionId],
  )
}
