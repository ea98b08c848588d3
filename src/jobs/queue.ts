import { often, rows, type Reader, type Tx } from '../database/database.ts'

export { backOff } from '../common/back-off.ts'

/** What an administrator is told about at once; each has its mail in words/…/partners.json. */
export type PartnerNews = 'hidden' | 'key-changed' | 'moved' | 'restored'

/** What a person hears of a chat of hers; each has its mail in words/…/chats.json. */
export type ChatNews =
  | 'asked'
  | 'accepted'
  | 'arranged'
  | 'changed'
  | 'called-off'
  | 'declined'
  | 'withdrawn'
  | 'lapsed'
  | 'crossed'

/** What becomes of a booking of office hours; each has its mail in words/…/bookings.json. */
export type BookingNews = 'booked' | 'moved-up' | 'waiting' | 'refused' | 'called-off' | 'left'

/**
 * Every kind of job and what it carries: ids only, never a key, a token, an address or a person's words.
 * The area before the dot has the handler, in its jobs.ts.
 */
export type Jobs = {
  /** Sends the mail with a sign-in link for a request of that id. The token is made in the job, so it never rests here. */
  'accounts.send-sign-in-link': { readonly requestId: string }
  /** Tells one administrator that somebody waits for approval. */
  'accounts.tell-administrator': { readonly accountId: string; readonly administratorId: string }
  /** Tells a person that she was approved, and where to sign in. */
  'accounts.tell-approved': { readonly accountId: string }
  /** Tells a person that she may join. */
  'accounts.send-invitation': { readonly invitationId: string }
  /** Look at a public person's links: do their pages link back? */
  'profile.check-links': { readonly accountId: string }
  /** A profile changed: make what is shown of it what its owner decided. */
  'listing.republish': { readonly accountId: string }
  /** A listing comes up for its yearly review: asks by mail whether to keep it. */
  'listing.offer-review': { readonly accountId: string }
  /** An account was closed: withdraw at once whatever it published, as its owner would. */
  'listing.account-closed': { readonly accountId: string }
  /** A flag ends within days: asks by mail whether to renew. */
  'listing.offer-renewal': { readonly flagId: string }
  /** Our set of listings moved: tell the accepted followers of the directory (FEDERATION.md 4.4). */
  'partners.ring-doorbell': Record<string, never>
  /** Ask one partner for its statement, and pull what is new (FEDERATION.md 5). */
  'partners.poll': { readonly partnerId: number }
  /** Read a partner's own document again: has its key changed, does it move? */
  'partners.look-again': { readonly partnerId: number }
  /** Erase every copy of a partner that ended, then confirm with a last poll that says have=0. */
  'partners.erase-copies': { readonly partnerId: number }
  /** Tell every administrator by mail that something about partner nodes needs a look. */
  'partners.tell-administrators': { readonly news: PartnerNews; readonly partnerId: number | null }
  /** The mail about it to one of them. */
  'partners.tell-administrator': {
    readonly news: PartnerNews
    readonly partnerId: number | null
    readonly administratorId: string
  }
  /** Tell a person that a restored node took her listing back as she had wanted, and how to go on. */
  'listing.tell-restored': { readonly accountId: string }
  /** Send our Follow, Undo, Accept or Reject to a partner's directory. */
  'federation.send-to-partner': { readonly partnerId: number; readonly what: 'follow' | 'undo' | 'accept' | 'reject' }
  /** Make what is missing of an actor's two key pairs. */
  'federation.make-keys': { readonly actorId: string }
  /** An actor gets new keys: the Update that the former ones sign, to whoever knows those. */
  'federation.announce-key': { readonly actorId: string }
  /** A person in public scope changed: Update{Person} to her followers. */
  'federation.person-changed': { readonly personId: string }
  /** A person left public scope: Update, Delete, then 410 for good. */
  'federation.person-gone': { readonly personId: string }
  /** A person in public scope hid herself for now, or shows herself again: Update{Person} to every server that may hold a copy. */
  'federation.tell-everybody': { readonly personId: string }
  /** Find out where hosts are told that a person left which fetched her with a signature. */
  'federation.find-holders': { readonly personId: string }
  /** A flag opened: a Note to followers. */
  'federation.flag-opened': { readonly flagId: string }
  /** A flag closed, lapsed, paused or filled: Delete of that Note. */
  'federation.flag-closed': { readonly flagId: string }
  /** What a person wants to be told, or what is public of her, changed: make her posts and announcements what they should be. */
  'federation.settle-posts': { readonly personId: string }
  /** Let a follower of a topic in. */
  'federation.answer-topic-follower': { readonly followerId: string }
  /** A person blocked an actor or a server: what it follows, and asked of her, ends. */
  'federation.person-blocked': { readonly blockId: string }
  /** Hosts are refused from now on: their followers, requests and waiting deliveries end. */
  'federation.hosts-refused': Record<string, never>
  /** Pass a report of a person here on to the server of whoever it is about, as this node and not as her. */
  'federation.send-flag': { readonly reportId: string }
  /** A report came: tell each moderator by mail. */
  'safety.tell-moderators': { readonly reportId: string }
  /** The mail about it to one of them. */
  'safety.tell-moderator': { readonly reportId: string; readonly accountId: string }
  /** A person asks that somebody else decides again: the mail to one who may. */
  'safety.tell-judge': { readonly appealId: string; readonly accountId: string }
  /** A decision is about a person here: tell her, and how she can ask somebody else. */
  'safety.tell-concerned': { readonly decisionId: string }
  /** Hosts are refused from now on: end what we have with partner nodes there. */
  'partners.leave-refused': Record<string, never>
  /** Moderators ended a person's listing, or her public scope alone: do it as she would. */
  'listing.end-by-decision': { readonly decisionId: string }
  /** Her answer to a message from outside, or its Delete once she took it back: one signed POST to its reader's inbox. */
  'federation.send-reply': { readonly replyId: string }
  /** Tells a person by mail that a request waits; says nothing of it. */
  'requests.tell-waiting': { readonly accountId: string }
  /** Tells one of the three of an introduction by mail: that she is asked, or that the others agreed. */
  'introductions.tell': { readonly introductionId: string }
  /** What another node must hear of an introduction waits: the oldest goes in one signed POST to its reader's own inbox. */
  'federation.send-introduction': { readonly introductionId: string }
  /** A talk that a person noted begins within a day: tells her by mail. `version`: of the time that it was about. */
  'requests.remind': { readonly requestId: string; readonly version: number }
  /** A person left public scope: what she was asked under that id is gone. */
  'requests.person-left': { readonly personId: string }
  /** Tells one side of a chat by mail what became of it: the other's deed, or for her calendar her own. */
  'chats.tell': { readonly chatId: string; readonly news: ChatNews }
  /** Reminds one side of a chat by mail, the day before. */
  'chats.remind': { readonly chatId: string }
  /** A person left under that id: her open chats end. */
  'chats.person-left': { readonly personId: string }
  /** Other nodes took listings back: open chats with those people end. */
  'chats.entries-gone': Record<string, never>
  /** A node may be no partner any more: requests to and from there that wait are withdrawn. */
  'chats.partner-ended': { readonly partnerId: number }
  /** What a chat's other side must hear waits: the oldest goes in one signed POST to her own inbox. */
  'federation.send-chat': { readonly chatId: string }
  /** A request was not let in: tell whoever asked, in one signed POST. */
  'federation.send-chat-refusal': { readonly refusalId: string }
  /** Tells one side of a booking by mail what became of it. `away`: a person here who booked at another node. */
  'bookings.tell': {
    readonly bookingId: string
    readonly side: 'guest' | 'host' | 'away'
    readonly news: BookingNews
  }
  /** Somebody left, or blocked somebody: the office hours and bookings that cannot be any more end. */
  'bookings.settle': Record<string, never>
  /** What somebody of another node who booked here must hear: one signed POST to her own inbox. */
  'federation.send-booking': { readonly bookingId: string }
  /** A Join or Leave of somebody here: one signed POST to the inbox of whoever holds the office hours. */
  'federation.send-join': { readonly bookingId: string }
  /** Who is new in a person's saved searches: the weekly mail about it, or none where nobody is. */
  'searches.send-digest': { readonly accountId: string }
  /** A saved search ends soon: asks by mail whether to keep it. */
  'searches.offer-renewal': { readonly searchId: string }
  /** A chat took place, and her next working day has begun: the mail with the one question about it. */
  'learning.ask': { readonly chatId: string }
  /** The other side of a chat wishes that both tell each other what it was worth: the mail about it, once. */
  'learning.tell-wish': { readonly chatId: string }
  /** What one side says of a chat, as far as the other one may hear it: one signed POST to her own inbox. */
  'federation.send-worth': { readonly chatId: string }
  /** An account was closed: its learning log is erased, with what it said of chats. */
  'learning.account-closed': { readonly accountId: string }
  /** An account was closed: its chats end and are forgotten, with what it had begun to ask. */
  'chats.account-closed': { readonly accountId: string }
  /** Deliver whatever is due, and queue the next look. */
  'federation.deliver': Record<string, never>
  /** Activities of other servers wait: work on them, in their order. One at a time; `again` is the look after the end of one. */
  'federation.inbox': { readonly again?: boolean }
  /** One of them could not be done at once, or takes longer: work on it alone. */
  'federation.inbox-aside': { readonly number: string }
}

export type JobName = keyof Jobs

export type EnqueueOptions = {
  /** A pending job with the same key is replaced, so that a newer state of a thing replaces an older one. */
  readonly key?: string
  /** 'replace' moves a pending job to the new time; 'keep-time' lets it run when it was going to (coalescing). */
  readonly whenPending?: 'replace' | 'keep-time'
  readonly runAt?: Date
  readonly attempts?: number
  /** Jobs of this kind run one after the other, whatever worker takes them. */
  readonly inTurn?: boolean
  /**
   * Does nothing where one with this key is due and not taken by a worker: cheaper where thousands come, but that one may be taken before
   * this transaction ends, so its handler looks again a moment after its end.
   */
  readonly unlessDue?: boolean
}

const unlessDue = ` where not exists (
  select from graphile_worker._private_jobs where key = $5 and locked_at is null and run_at <= now() and attempts = 0)`

/** Queues a job in the writer's own transaction: it exists if, and only if, the change that wants it was kept. */
export async function enqueue<Name extends JobName>(
  tx: Tx,
  name: Name,
  payload: Jobs[Name],
  options: EnqueueOptions = {},
): Promise<void> {
  await rows(
    tx,
    often(`select 1 from graphile_worker.add_job(identifier => $1, payload => $2::json, run_at => $3,
       max_attempts => $4, job_key => $5, job_key_mode => $6, queue_name => $7)${options.unlessDue ? unlessDue : ''}`),
    [
      name,
      JSON.stringify(payload),
      options.runAt ?? null,
      options.attempts ?? 12,
      options.key === undefined ? null : `${name}:${options.key}`,
      options.whenPending === 'keep-time' ? 'preserve_run_at' : 'replace',
      options.inTurn ? name : null,
    ],
  )
}

/** Queues many jobs of one kind in one statement; `key` as in EnqueueOptions, a pending job with the same one is replaced. */
export async function enqueueAll<Name extends JobName>(
  tx: Tx,
  name: Name,
  jobs: readonly { readonly payload: Jobs[Name]; readonly key: string }[],
  options: Pick<EnqueueOptions, 'runAt' | 'attempts'> = {},
): Promise<void> {
  if (jobs.length === 0) return
  await rows(
    tx,
    `select 1 from graphile_worker.add_jobs((
       select array_agg(row($1, payload, null, $2::timestamptz, $3::int, key, null, null)::graphile_worker.job_spec)
       from unnest($4::json[], $5::text[]) as job (payload, key))) limit 1`,
    [
      name,
      options.runAt ?? null,
      options.attempts ?? 12,
      jobs.map(({ payload }) => JSON.stringify(payload)),
      jobs.map(({ key }) => `${name}:${key}`),
    ],
  )
}

/** Takes back a pending job; one that is running runs to its end. */
export async function dequeue(tx: Tx, name: JobName, key: string): Promise<void> {
  await rows(tx, 'select 1 from graphile_worker.remove_job($1)', [`${name}:${key}`])
}

/** The keys of those jobs of one kind that run or wait for their first time. One that failed is not among them. */
export async function queuedKeys(reader: Reader, name: JobName): Promise<ReadonlySet<string>> {
  const found = await rows<{ key: string }>(
    reader,
    `select key from graphile_worker.jobs where task_identifier = $1 and key is not null and (locked_at is not null or attempts = 0)`,
    [name],
  )
  return new Set(found.map(({ key }) => key.slice(name.length + 1)))
}

/** When jobs of one kind are due, by their keys. Those without one, and those that run now, are left out. */
export async function dueTimes(reader: Reader, name: JobName): Promise<ReadonlyMap<string, Date>> {
  const found = await rows<{ key: string; runAt: Date }>(
    reader,
    `select key, run_at as "runAt" from graphile_worker.jobs where task_identifier = $1 and key is not null and locked_at is null`,
    [name],
  )
  return new Map(found.map(({ key, runAt }) => [key.slice(name.length + 1), runAt]))
}
