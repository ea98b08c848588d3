import type { App } from '../app.ts'
import { addresses } from '../common/addresses.ts'
import { day, instantOf, later } from '../common/clock.ts'
import { isObject } from '../common/objects.ts'
import {
  receiveChangedText,
  receiveGoneActor,
  receiveMessage,
  receiveWithdrawal,
  rulesOf,
} from '../requests/actions.ts'
import { addressingOf } from '../requests/addressing.ts'
import { plainText, shortened } from '../requests/plain-text.ts'
import { longestText, mostRecipients, type Message } from '../requests/request.ts'
import { admission, takerOf } from '../requests/views.ts'
import { isWithdrawn } from './inbox-views.ts'
import { idOf, idsIn, isOwnOf, type Handler, type JsonObject, type Received } from './received.ts'
import { readRemoteAuthor } from './remote-author.ts'

/** A date of writing that is longer ago is a mistake, in milliseconds. */
const oldest = 365 * day

/**
 * Create{Note}: a direct message to people here becomes a request to each who takes messages from outside. Everything else is dropped
 * without trace: what is for everyone or for followers, what mentions nobody here, and what somebody else wrote.
 */
export const receiveNote: Handler = async (app, received) => {
  const note = ownNote(received)
  if (!note) return
  const { object, id } = note
  const reached = peopleHere(app, received, object)
  const host = new URL(received.actor).host
  const open: string[] = []
  for (const personId of reached) {
    const taker = await takerOf(app.db, app.now(), personId)
    if (!taker) continue
    const to = { accountId: taker.accountId, personId }
    const admitted = await admission(app.db, app.now(), rulesOf(app), to, { actor: received.actor, host })
    if (admitted.as !== 'no') open.push(personId)
  }
  // Read, and their server asked who they are, only for what may come in.
  const text = open.length === 0 ? undefined : textOf(app, object)
  if (text === undefined || (await isWithdrawn(app.db, received.actor, id))) return
  const remote = await readRemoteAuthor(app, received.actor)
  if (!remote) return
  const { followers, ...author } = remote
  if (peopleHere(app, received, object, followers).length === 0) return
  const message: Message = {
    note: id,
    inReplyTo: idsIn(object['inReplyTo'])[0] ?? null,
    context: conversationOf(received.actor, object),
    text,
    leftOut: isThere(object['attachment']),
    publishedAt: publishedOf(object, received.at),
    cameAt: received.at,
  }
  for (const personId of open) await receiveMessage(app, personId, author, message)
}

/** Delete of a Note, or of its author altogether: what was written is gone here too. */
export const receiveNoteDelete: Handler = async (app, { actor, objectId }) => {
  if (objectId === undefined || !isOwnOf(actor, objectId)) return
  if (objectId === actor) await receiveGoneActor(app, actor)
  else await receiveWithdrawal(app, actor, objectId)
}

/** Update of a Note: changes what was written before, and never makes a request of what was none. */
export const receiveNoteUpdate: Handler = async (app, received) => {
  const note = ownNote(received)
  if (!note) return
  const text = textOf(app, note.object)
  // What is for everyone now, or says nothing any more, is no message to her.
  if (text === undefined || peopleHere(app, received, note.object).length === 0)
    return receiveWithdrawal(app, received.actor, note.id)
  await receiveChangedText(app, received.actor, note.id, { text, leftOut: isThere(note.object['attachment']) })
}

/** The people here to whom a Create is a direct message; none where it is for everyone, for followers, or not its sender's. */
export function peopleAddressed(app: App, received: Received): readonly string[] {
  const note = ownNote(received)
  return note ? peopleHere(app, received, note.object) : []
}

/** The Note that an activity embeds, if its sender wrote it and it is on the sender's server (FEP-fe34). */
function ownNote({
  actor,
  object,
  objectId: id,
}: Received): { readonly id: string; readonly object: JsonObject } | undefined {
  if (!isObject(object) || object['type'] !== 'Note') return undefined
  if (id === undefined || !isOwnOf(actor, id)) return undefined
  return idOf(object['attributedTo']) === actor ? { id, object } : undefined
}

/** The people here to whom a Note is addressed directly; none where it is not a direct one. */
function peopleHere(app: App, { raw }: Received, note: JsonObject, followers?: string): readonly string[] {
  const lists = [note, raw].flatMap((one) => [one['to'], one['cc'], one['audience'], one['bto'], one['bcc']])
  const addressing = addressingOf(lists, { most: mostRecipients, followers })
  if (addressing.to !== 'people') return []
  const prefix = addresses(app.config.origin).person('')
  return addressing.people
    .filter((id) => id.startsWith(prefix))
    .map((id) => id.slice(prefix.length))
    .filter((id) => /^[0-9a-z]{4,40}$/.test(id))
}

/** What a Note says, as plain text: a content warning first. Empty where the host keeps no words; undefined where there are none. */
function textOf(app: App, note: JsonObject): string | undefined {
  const said = [note['summary'], contentOf(note)]
    .filter((part) => typeof part === 'string')
    .map((part) => plainText(part, longestText))
    .filter((part) => part !== '')
    .join('\n\n')
  if (said === '') return undefined
  // The two parts together are bounded like one.
  return app.config.requestText ? shortened(said, longestText) : ''
}

function contentOf(note: JsonObject): unknown {
  const { content, contentMap } = note
  if (typeof content === 'string') return content
  return isObject(contentMap) ? Object.values(contentMap).find((one) => typeof one === 'string') : undefined
}

/** The conversation as their server calls it, if an answer may name it (FEP-7888). */
function conversationOf(actor: string, note: JsonObject): string | null {
  const [named] = idsIn(note['context'])
  return named !== undefined && isOwnOf(actor, named) ? named : null
}

function publishedOf(note: JsonObject, cameAt: Date): Date | null {
  const { published } = note
  const at = typeof published === 'string' ? instantOf(published) : undefined
  if (at === undefined || at < later(cameAt, -oldest)) return null
  return at > cameAt ? cameAt : at
}

function isThere(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null
}
