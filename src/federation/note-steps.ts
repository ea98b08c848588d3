import type { App, Needs } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import { rows, type Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { flagOf, publicPerson, type ShownPerson } from '../listing/views.ts'
import { choiceOf } from '../requests/views.ts'
import { inboxesThatKnow } from './key-change-views.ts'
import { activityIdsOf, createOf, deleteOf, noteDocument, pinOf } from './note-document.ts'
import { endNote, keepNote, keepPractices, lockPosting, type KeptPosting } from './note-store.ts'
import { accountOfPerson, nextNoteNumber, postTimes, standingNotes, wasTold } from './note-views.ts'
import { isClosingSoon, isTrue, jobKey, nextPostAt, practiceDays, practiceKeys, type WordsKind } from './notes.ts'
import { prepare } from './steps.ts'
import { dropWaiting } from './delivery-store.ts'
import { followerInboxes } from './views.ts'

/** What posts need beside a transaction. */
export type Posts = Needs & Pick<App, 'config' | 'words'>

/** A person with what she chose, while nobody else can change either. `person` is undefined once she is not public. */
export type Poster = {
  readonly personId: string
  readonly accountId: string | undefined
  readonly person: ShownPerson | undefined
  readonly posting: KeptPosting | undefined
}

/**
 * Waits for whoever changes this person's listing, or posts for her, at the moment; then nobody else does until this transaction ends.
 * Statements of their own: each must see what the one before it waited for.
 */
export async function lockPoster(tx: Tx, needs: Posts, personId: string): Promise<Poster> {
  await rows(
    tx,
    'select 1 from account join listing on listing.account_id = account.id where listing.person_id = $1 for share of account',
    [personId],
  )
  const accountId = await accountOfPerson(tx, personId)
  const posting = accountId === undefined ? undefined : await lockPosting(tx, accountId, needs.now())
  return { personId, accountId, posting, person: await publicPerson(tx, needs.now(), { personId }) }
}

/** Takes back what is not true any more of what she posted. */
export async function endUntrue(tx: Tx, needs: Posts, { personId, person }: Poster): Promise<void> {
  const at = addresses(needs.config.origin)
  for (const note of await standingNotes(tx, personId))
    if (!isTrue(at, note, person, needs.now())) await takeBack(tx, needs, personId, note.id)
}

/**
 * Takes one post back: what waits to tell of it is not sent any more, and every server that may have it gets `Remove` and `Delete`, and
 * her actor as it is then. Each of the three is right without the others and in any order: a server that reads the collection, the Note
 * or the actor finds them without the post from this moment on.
 */
export async function takeBack(tx: Tx, needs: Posts, personId: string, noteId: string): Promise<void> {
  const now = needs.now()
  const at = addresses(needs.config.origin)
  const ended = await endNote(tx, noteId, now)
  if (!ended) return
  const ids = activityIdsOf(at.note(personId, ended.number))
  for (const told of [ids.create, ids.add]) await dropWaiting(tx, told, '', now)
  const inboxes = await inboxesWithNote(tx, personId, noteId, ended.inboxes)
  const goodbye = { sender: personId, inboxes, giveUpAt: later(now, 30 * day) }
  if (ended.kind === 'opened')
    await prepare(tx, needs, { ...goodbye, id: ids.remove, body: pinOf(at, personId, ended.number, 'Remove') })
  await prepare(tx, needs, { ...goodbye, id: ids.delete, body: deleteOf(at, personId, ended, now) })
  await enqueue(tx, 'federation.person-changed', { personId }, { key: personId })
}

// Who was sent it, her followers of today, followers of her role, who fetch the Note itself, and, once for each other server, whoever
// fetched her: a server that shows her profile reads what is pinned.
/** Every server that may have a post. */
export async function inboxesWithNote(
  tx: Tx,
  personId: string,
  noteId: string,
  sentTo: readonly string[],
): Promise<readonly string[]> {
  const announced = await rows<{ inbox: string }>(
    tx,
    'select distinct unnest(inboxes) as inbox from topic_announcement where note_id = $1',
    [noteId],
  )
  const sure = [...sentTo, ...announced.map(({ inbox }) => inbox), ...(await followerInboxes(tx, personId))]
  const hosts = new Set(sure.map(hostOf))
  const others = (await inboxesThatKnow(tx, personId)).filter((inbox) => !hosts.has(hostOf(inbox)))
  const oneForEach = new Map(others.map((inbox) => [hostOf(inbox), inbox]))
  return [...new Set([...sure, ...oneForEach.values()])]
}

function hostOf(inbox: string): string {
  return URL.parse(inbox)?.host ?? inbox
}

/** Posts what is to be said now of her flag and of the practices that she shares, each once. */
export async function tellWhatIsNew(tx: Tx, needs: Posts, poster: Poster): Promise<void> {
  const { accountId, person, posting } = poster
  if (accountId === undefined || !person || !posting) return
  await tellOfFlag(tx, needs, { ...poster, accountId, person, posting })
  await tellOfPractices(tx, needs, { ...poster, accountId, person, posting })
}

type PublicPoster = Poster & {
  readonly accountId: string
  readonly person: ShownPerson
  readonly posting: KeptPosting
}

async function tellOfFlag(tx: Tx, needs: Posts, poster: PublicPoster): Promise<void> {
  const { accountId, person, personId, posting } = poster
  const flag = await flagOf(tx, accountId)
  if (!flag || person.document.peerChat?.id !== addresses(needs.config.origin).chat(personId, flag.number)) return
  const tell = async (kind: 'opened' | 'closing'): Promise<void> => {
    if (posting[kind] && !(await wasTold(tx, flag.id, kind)))
      await post(tx, needs, poster, { kind, flagId: flag.id, practices: [], endsAt: flag.endsAt })
  }
  await tell('opened')
  if (isClosingSoon(flag, needs.now())) await tell('closing')
}

// What was public before she wanted such posts, or before she was this person, is no news.
async function tellOfPractices(tx: Tx, needs: Posts, poster: PublicPoster): Promise<void> {
  const { accountId, person, personId, posting } = poster
  const shared = practiceKeys(person.document)
  const known = posting.personId === personId ? posting.practices : shared
  const added = shared.filter((key) => !known.includes(key))
  if (posting.practice && added.length > 0)
    await post(tx, needs, poster, {
      kind: 'practice',
      practices: added,
      endsAt: later(needs.now(), practiceDays * day),
    })
  const isSame = posting.personId === personId && shared.join() === posting.practices.join()
  if (!isSame) await keepPractices(tx, accountId, personId, shared)
}

type News = {
  readonly kind: WordsKind
  readonly flagId?: string
  readonly practices: readonly string[]
  readonly endsAt: Date
}

/** Keeps a post and sends it to her followers; when there were four in 30 days, keeps only that there was none. */
async function post(tx: Tx, needs: Posts, poster: PublicPoster, news: News): Promise<void> {
  const { accountId, person, personId } = poster
  const now = needs.now()
  const kept = { id: needs.newId(), personId, flagId: undefined, ...news, job: jobKey(person.document), madeAt: now }
  if (nextPostAt(await postTimes(tx, accountId, now), now) > now) {
    await keepNote(tx, { ...kept, number: undefined, body: undefined, inboxes: [] })
    return
  }
  const at = addresses(needs.config.origin)
  const number = await nextNoteNumber(tx, personId, now)
  const inboxes = await followerInboxes(tx, personId)
  const speech = { language: person.language, t: needs.words.in(person.language) }
  const { takesOutside: takesMentions } = await choiceOf(tx, accountId)
  const note = noteDocument(at, { ...news, person, number, now, takesMentions }, speech)
  await keepNote(tx, { ...kept, number, body: JSON.stringify(note), inboxes })
  // Nobody is told of it after its end.
  const latest = later(now, 2 * day)
  const letter = { sender: personId, inboxes, giveUpAt: news.endsAt < latest ? news.endsAt : latest }
  const ids = activityIdsOf(String(note['id']))
  await prepare(tx, needs, { ...letter, id: ids.create, body: createOf(note) })
  if (news.kind !== 'opened') return
  await prepare(tx, needs, { ...letter, id: ids.add, body: pinOf(at, personId, number, 'Add') })
  await enqueue(tx, 'federation.person-changed', { personId }, { key: personId })
}
