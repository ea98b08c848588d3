import { addresses, topicActor } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import type { Tx } from '../database/database.ts'
import { prepare } from './steps.ts'
import { dropWaiting } from './delivery-store.ts'
import type { Poster, Posts } from './note-steps.ts'
import { standingNotes } from './note-views.ts'
import type { Note } from './notes.ts'
import { announceOf, announcementId, topicsOf, undoOf } from './topics.ts'
import { endAnnouncement, keepAnnouncement } from './topic-store.ts'
import { standingAnnouncements, topicInboxes, topicInboxesFor, wasAnnounced, type Announcement } from './topic-views.ts'

/**
 * Makes what the topics of a person's roles announce what it should be: the one Note that says that she is open, if she wants it.
 * The same Note is announced once, so that a switch that is turned off and on tells nobody twice. Where the host turned topics off,
 * what they announced is taken back.
 */
export async function settleAnnouncements(tx: Tx, needs: Posts, poster: Poster): Promise<void> {
  const { accountId, personId, person, posting } = poster
  const note = (await standingNotes(tx, personId)).findLast(({ kind }) => kind === 'opened')
  const isOn = needs.config.topics !== 'off' && posting?.topic
  const wanted = person && isOn && note ? topicsOf(person.document) : []
  for (const announcement of await standingAnnouncements(tx, personId))
    if (announcement.noteId !== note?.id || !wanted.includes(announcement.topic))
      await undo(tx, needs, personId, announcement)
  for (const topic of wanted)
    if (note && accountId !== undefined && !(await wasAnnounced(tx, topic, note.id)))
      await announce(tx, needs, { topic, accountId, note })
}

async function announce(
  tx: Tx,
  needs: Posts,
  { topic, accountId, note }: { readonly topic: string; readonly accountId: string; readonly note: Note },
): Promise<void> {
  const now = needs.now()
  const at = addresses(needs.config.origin)
  const id = needs.newId()
  const inboxes = await topicInboxesFor(tx, topic, accountId)
  await keepAnnouncement(tx, { id, topic, noteId: note.id, inboxes }, now)
  const address = at.note(note.personId, note.number ?? 0)
  const latest = later(now, 2 * day)
  await prepare(tx, needs, {
    id: announcementId(at, topic, id),
    sender: topicActor(topic),
    inboxes,
    giveUpAt: note.endsAt < latest ? note.endsAt : latest,
    body: announceOf(at, topic, { id, note: address, author: at.person(note.personId), now }),
  })
}

async function undo(tx: Tx, needs: Posts, personId: string, announcement: Announcement): Promise<void> {
  const now = needs.now()
  const at = addresses(needs.config.origin)
  const { topic } = announcement
  if (!(await endAnnouncement(tx, announcement.id, now))) return
  const id = announcementId(at, topic, announcement.id)
  await dropWaiting(tx, id, `${id}#undo`, now)
  await prepare(tx, needs, {
    id: `${id}#undo`,
    sender: topicActor(topic),
    inboxes: [...new Set([...announcement.inboxes, ...(await topicInboxes(tx, topic))])],
    giveUpAt: later(now, 30 * day),
    body: undoOf(at, topic, { id: announcement.id, note: at.note(personId, announcement.number) }),
  })
}
