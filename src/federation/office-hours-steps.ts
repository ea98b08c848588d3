import { addresses } from '../common/addresses.ts'
import { day, later } from '../common/clock.ts'
import type { OfficeHours, Sitting } from '../bookings/office-hours.ts'
import { hoursOfPerson, timesOf } from '../bookings/views.ts'
import type { Tx } from '../database/database.ts'
import type { ShownPerson } from '../listing/views.ts'
import { dropWaiting } from './delivery-store.ts'
import { createOf } from './note-document.ts'
import { keepHoursBody, keepNote } from './note-store.ts'
import { inboxesWithNote, takeBack, type Poster, type Posts } from './note-steps.ts'
import { nextNoteNumber, postTimes } from './note-views.ts'
import { jobKey, nextPostAt } from './notes.ts'
import { hoursEvent, hoursUpdate, hoursUpdatePrefix, type HoursPost } from './office-hours-document.ts'
import { standingHoursNotes, wereHoursTold, type HoursNote } from './office-hours-views.ts'
import { prepare } from './steps.ts'
import { followerInboxes } from './views.ts'

/**
 * Makes what followers read of a person's office hours what it should be: one post for each of them that she wants told, within the
 * limit of posts; it names their next time, and goes with the last. What is not true any more was taken back before (endUntrue).
 */
export async function settleHours(tx: Tx, needs: Posts, poster: Poster): Promise<void> {
  const { accountId, person, personId } = poster
  if (accountId === undefined || !person) return
  const hours = (await hoursOfPerson(tx, personId, needs.now())).filter(({ told }) => told)
  for (const note of await standingHoursNotes(tx, personId)) {
    const its = hours.find(({ id }) => id === note.hoursId)
    const next = its && nextOf(its, needs.now())
    if (its && next) await turn(tx, needs, { person, hours: its, next, note })
    else await takeBack(tx, needs, personId, note.id)
  }
  for (const one of hours) {
    const next = nextOf(one, needs.now())
    if (next && !(await wereHoursTold(tx, one.id))) await announce(tx, needs, { person, accountId, hours: one, next })
  }
}

function nextOf(hours: OfficeHours, now: Date): Sitting | undefined {
  return timesOf(hours, now)[0]
}

type Told = { readonly person: ShownPerson; readonly hours: OfficeHours; readonly next: Sitting }

/** Has a post name another time than before; nothing where it names it already. */
async function turn(tx: Tx, needs: Posts, { note, ...told }: Told & { readonly note: HoursNote }): Promise<void> {
  const now = needs.now()
  const { personId } = told.person
  const event = eventOf(needs, told, { number: note.number, published: note.madeAt })
  const before = note.body === null ? {} : (JSON.parse(note.body) as Readonly<Record<string, unknown>>) // our own
  if (before['startTime'] === event['startTime']) return
  await keepHoursBody(tx, note.id, { body: JSON.stringify(event), turnsAt: told.next.until, endsAt: endOf(told, now) })
  const id = String(event['id'])
  const update = hoursUpdate(event)
  await dropWaiting(tx, hoursUpdatePrefix(id), String(update['id']), now)
  await prepare(tx, needs, {
    id: String(update['id']),
    sender: personId,
    inboxes: await inboxesWithNote(tx, personId, note.id, note.inboxes),
    giveUpAt: soonest(told.next.until, later(now, 2 * day)),
    body: update,
  })
}

/** One post; where there were four in 30 days, it is kept only that there was none. */
async function announce(tx: Tx, needs: Posts, told: Told & { readonly accountId: string }): Promise<void> {
  const now = needs.now()
  const { person, hours, next, accountId } = told
  const { personId } = person
  const kept = {
    id: needs.newId(),
    personId,
    kind: 'office-hours' as const,
    flagId: undefined,
    hoursId: hours.id,
    practices: [],
    job: jobKey(person.document),
    madeAt: now,
    endsAt: endOf(told, now),
    turnsAt: next.until,
  }
  if (nextPostAt(await postTimes(tx, accountId, now), now) > now)
    return keepNote(tx, { ...kept, number: undefined, body: undefined, inboxes: [] })
  const number = await nextNoteNumber(tx, personId, now)
  const inboxes = await followerInboxes(tx, personId)
  const event = eventOf(needs, told, { number, published: now })
  await keepNote(tx, { ...kept, number, body: JSON.stringify(event), inboxes })
  const create = createOf(event)
  await prepare(tx, needs, {
    id: String(create['id']),
    sender: personId,
    inboxes,
    giveUpAt: soonest(next.until, later(now, 2 * day)),
    body: create,
  })
}

function eventOf(needs: Posts, { person, hours, next }: Told, post: Pick<HoursPost, 'number' | 'published'>) {
  const { personId, handle, name, language } = person
  return hoursEvent(
    addresses(needs.config.origin),
    { personId, handle, name, hours, next, updated: needs.now(), ...post },
    { language, t: needs.words.in(language) },
  )
}

// The post itself goes with the last time.
function endOf({ hours, next }: Told, now: Date): Date {
  return timesOf(hours, now).at(-1)?.until ?? next.until
}

function soonest(one: Date, other: Date): Date {
  return one < other ? one : other
}
