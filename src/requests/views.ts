import { keyedHash } from '../common/ids.ts'
import { later } from '../common/clock.ts'
import { often, oneRow, rows, type Reader } from '../database/database.ts'
import { isBlockedFor } from '../safety/block-views.ts'
import {
  countedFor,
  mostPerHost,
  mostTexts,
  type Answer,
  type AnswerToSend,
  type Author,
  type OpenRequest,
  type RequestText,
  type Waiting,
} from './request.ts'

// Whoever reads requests reads them through this: of somebody public under the id that was asked, by her and nobody else, and no
// text, answer or author whose 30 days are over. $1 is her account, $2 now.
const herRequests = `request r join listing l on l.account_id = r.account_id and l.person_id = r.person_id and l.public
  join person p on p.id = r.person_id and p.retired_at is null
  join account a on a.id = r.account_id and a.state = 'active'`
const isLeft = `(exists (select from request_text t where t.request_id = r.id and t.ends_at > $2)
  or exists (select from request_answer t where t.request_id = r.id and t.ends_at > $2)
  or exists (select from request_meeting t where t.request_id = r.id and t.ends_at > $2))`

/** What a person chose about messages from outside; without a choice, she takes them and is told by mail. */
export type Choice = { readonly takesOutside: boolean; readonly wantsMail: boolean }

export async function choiceOf(reader: Reader, accountId: string): Promise<Choice> {
  const found = await oneRow<Choice>(
    reader,
    'select takes_outside as "takesOutside", wants_mail as "wantsMail" from request_choice where account_id = $1',
    [accountId],
  )
  return found ?? { takesOutside: true, wantsMail: true }
}

/** Whose person id that is, if she is public now and takes messages from outside; undefined otherwise. */
export function takerOf(reader: Reader, now: Date, personId: string): Promise<{ accountId: string } | undefined> {
  return oneRow(
    reader,
    often(`select l.account_id as "accountId" from listing l join person p on p.id = l.person_id
       join account a on a.id = l.account_id left join request_choice c on c.account_id = l.account_id
     where p.id = $1 and p.retired_at is null and l.public and l.public_document is not null and l.unlisted_since is null
       and l.review_at > $2
       and a.state = 'active' and coalesce(c.takes_outside, true)`),
    [personId, now],
  )
}

/** Whether a message may come in: into the request that its author has already, as a new one, or not at all. */
export type Admission = { readonly as: 'new' | 'no' } | { readonly as: 'more'; readonly requestId: string }

export type AdmissionRules = { readonly hashingKey: string; readonly requestsPerDay: number }

/** Whether an actor may write to her now. Nobody but this node ever learns which of the reasons it was. */
export async function admission(
  reader: Reader,
  now: Date,
  rules: AdmissionRules,
  to: { readonly accountId: string; readonly personId: string },
  from: Pick<Author, 'actor' | 'host'>,
): Promise<Admission> {
  const { accountId, personId } = to
  if (await isBlockedFor(reader, accountId, from)) return { as: 'no' }
  const open = await oneRow<{ id: string; unanswered: number }>(
    reader,
    often(`select r.id, (select count(*)::int from request_text t where t.request_id = r.id and t.ends_at > $3
         and t.came_at >= coalesce((select max(made_at) from request_answer a where a.request_id = r.id), t.came_at)) as unanswered
     from request r where r.account_id = $1 and r.person_id = $4 and r.actor = $2 and ${isLeft.replaceAll('$2', '$3')}`),
    [accountId, from.actor, now, personId],
  )
  if (open) return open.unanswered < mostTexts ? { as: 'more', requestId: open.id } : { as: 'no' }
  const counts = await oneRow<{ all: number; host: number; paused: boolean }>(
    reader,
    often(`select count(*)::int as all, (count(*) filter (where host_hash = $3))::int as host,
       exists (select from request_pause where account_id = $1 and actor_hash = $4 and until > $5) as paused
     from request_arrival where account_id = $1 and at > $2`),
    [accountId, later(now, -countedFor), hashOf(rules, from.host), hashOf(rules, from.actor), now],
  )
  if (!counts || counts.paused || counts.all >= rules.requestsPerDay || counts.host >= mostPerHost) return { as: 'no' }
  return { as: 'new' }
}

/** Somebody elsewhere who writes to a person here. */
export type Approach = { readonly personId: string; readonly actor: string; readonly host: string }

/**
 * Those of these in which nothing may come in, told in one question: she takes nothing from outside, or the actor has no request with her
 * and may make none now. `admission` says it of every other.
 */
export async function closedAmong(
  reader: Reader,
  now: Date,
  rules: AdmissionRules,
  approaches: readonly Approach[],
): Promise<readonly Pick<Approach, 'personId' | 'actor'>[]> {
  return rows(
    reader,
    often(`select given.person as "personId", given.who as actor
     from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as given (person, who, host_hash, actor_hash)
       left join lateral (
         select l.account_id from listing l join person p on p.id = l.person_id join account a on a.id = l.account_id
           left join request_choice c on c.account_id = l.account_id
         where p.id = given.person and p.retired_at is null and l.public and l.public_document is not null
           and l.unlisted_since is null and l.review_at > $5
           and a.state = 'active' and coalesce(c.takes_outside, true)) as taker on true
     where taker.account_id is null
       or (not exists (select from request r where r.account_id = taker.account_id and r.actor = given.who)
         and (exists (select from request_pause p
               where p.account_id = taker.account_id and p.actor_hash = given.actor_hash and p.until > $5)
           or (select count(*) >= $7 or count(*) filter (where a.host_hash = given.host_hash) >= ${mostPerHost}
               from request_arrival a where a.account_id = taker.account_id and a.at > $6)))`),
    [
      approaches.map(({ personId }) => personId),
      approaches.map(({ actor }) => actor),
      approaches.map(({ host }) => hashOf(rules, host)),
      approaches.map(({ actor }) => hashOf(rules, actor)),
      now,
      later(now, -countedFor),
      rules.requestsPerDay,
    ],
  )
}

/** What is kept of an actor or a host after a request is gone: enough to know it again here, and nowhere else. */
export function hashOf({ hashingKey }: Pick<AdmissionRules, 'hashingKey'>, what: string): string {
  return keyedHash(hashingKey, `request ${what}`)
}

/** A request of hers that ended by time and was not yet cleared away stands in the way of a new one. */
export function endedRequest(
  reader: Reader,
  accountId: string,
  actor: string,
): Promise<{ readonly id: string } | undefined> {
  return oneRow(reader, 'select id from request where account_id = $1 and actor = $2', [accountId, actor])
}

/** Who asks her, blocked or not. */
export function authorsOf(
  reader: Reader,
  accountId: string,
): Promise<{ readonly id: string; readonly actor: string; readonly host: string }[]> {
  return rows(reader, 'select id, actor, host from request where account_id = $1', [accountId])
}

/** Her requests without a word of what was written, those that she has not opened first; at most 100. */
export async function requestsOf(reader: Reader, accountId: string, now: Date): Promise<readonly Waiting[]> {
  const found = await rows<Waiting>(
    reader,
    `select r.id, r.kind, r.actor, r.host, r.handle,
       coalesce(max(t.came_at), (select max(a.made_at) from request_answer a where a.request_id = r.id),
         (select m.made_at from request_meeting m where m.request_id = r.id)) as "cameAt",
       (count(t.id) filter (where t.seen_at is null))::int as unseen, coalesce(bool_or(t.seen_at is not null), true) as opened,
       exists (select from request_answer a where a.request_id = r.id and a.ends_at > $2) as answered
     from ${herRequests} left join request_text t on t.request_id = r.id and t.ends_at > $2
     where r.account_id = $1 and ${isLeft}
     group by r.id order by (count(t.id) filter (where t.seen_at is null)) > 0 desc, 6 desc limit 100`,
    [accountId, now],
  )
  return withoutBlocked(reader, accountId, found)
}

/** How many of her requests have a text that she has not opened. */
export async function waitingCount(reader: Reader, accountId: string, now: Date): Promise<number> {
  return (await requestsOf(reader, accountId, now)).filter(({ unseen }) => unseen > 0).length
}

// Somebody may be blocked by her, by the host or by a list after she wrote.
async function withoutBlocked<One extends { readonly actor: string; readonly host: string }>(
  reader: Reader,
  accountId: string,
  all: readonly One[],
): Promise<readonly One[]> {
  const shown: One[] = []
  for (const one of all) if (!(await isBlockedFor(reader, accountId, one))) shown.push(one)
  return shown
}

type RequestRow = Omit<OpenRequest, 'texts' | 'answers'>

/** One request of hers, with the texts and answers whose time is not over; undefined for anybody else's, blocked or ended. */
export async function requestOf(
  reader: Reader,
  accountId: string,
  id: string,
  now: Date,
): Promise<OpenRequest | undefined> {
  const found = await oneRow<RequestRow>(
    reader,
    `select r.id, r.kind, r.actor, r.host, r.handle, r.name, r.person_id as "personId" from ${herRequests}
     where r.account_id = $1 and r.id = $3 and ${isLeft}`,
    [accountId, now, id],
  )
  if (!found || (await isBlockedFor(reader, accountId, found))) return undefined
  const texts = await rows<RequestText>(
    reader,
    `select id, note, in_reply_to as "inReplyTo", text, changed_text as "changedText", left_out as "leftOut",
       came_at as "cameAt", seen_at as "seenAt" from request_text where request_id = $1 and ends_at > $2 order by number`,
    [id, now],
  )
  const answers = await rows<Answer>(
    reader,
    `select id, text, state, made_at as "madeAt", taken_back_at as "takenBackAt" from request_answer
     where request_id = $1 and ends_at > $2 order by number`,
    [id, now],
  )
  return { ...found, texts, answers }
}

type AnswerRow = Omit<AnswerToSend, 'to'> & AnswerToSend['to']

/** One answer, if she is still public under the id that gave it and its time is not over. */
export async function answerToSend(reader: Reader, id: string, now: Date): Promise<AnswerToSend | undefined> {
  const found = await oneRow<AnswerRow>(
    reader,
    `select t.id, r.person_id as "personId", a.language, p.handle as "personHandle", t.text, t.in_reply_to as "inReplyTo",
       r.context, t.state, t.attempts, t.made_at as "madeAt", t.taken_back_at as "takenBackAt", t.ends_at as "endsAt",
       not exists (select from request_answer e where e.request_id = r.id and e.number < t.number) as "isFirst",
       r.actor, r.host, r.handle, r.page, r.inbox
     from request_answer t join ${herRequests.replace('request r', 'request r on r.id = t.request_id')}
     where t.id = $1 and t.ends_at > $2`,
    [id, now],
  )
  if (!found) return undefined
  const { actor, host, handle, page, inbox, ...answer } = found
  return { ...answer, to: { actor, host, handle, page, inbox } }
}

/** Whether she takes messages from outside, if she is public. */
export async function takesOutside(reader: Reader, accountId: string): Promise<boolean> {
  return (await choiceOf(reader, accountId)).takesOutside
}
