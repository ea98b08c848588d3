import type { App } from '../app.ts'
import { endChatsWith } from '../chats/ending-actions.ts'
import { addresses, directoryActor } from '../common/addresses.ts'
import { Refusal } from '../common/errors.ts'
import { sha256Hex } from '../common/ids.ts'
import { isObject } from '../common/objects.ts'
import { publicPerson } from '../listing/views.ts'
import { receiveAccept, receiveDoorbell, receiveFollow, receiveReject, receiveUndo } from '../partners/actions.ts'
import { receiveChange } from '../partners/move-actions.ts'
import type { PartnerCard } from '../partners/partner.ts'
import { isRefusedHost } from '../safety/block-views.ts'
import { send } from './actions.ts'
import { activityStreams } from './context.ts'
import { forgetFollower, loseFollow, loseFollower, receiveFollower } from './follower-actions.ts'
import { forgetRemoteActor } from './inbox-actions.ts'
import { followKnown } from './key-changes.ts'
import { lookUpDirectory } from './partner-lookup.ts'
import { receivePersonMove, receivePersonUpdate } from './person-move-receive.ts'
import { receiveIntroduction, receiveIntroductionWord } from './introduction-jobs.ts'
import { receiveChatOffer, receiveChatWord } from './received-chats.ts'
import { receiveChatWorth } from './chat-worth-jobs.ts'
import { receiveBlock, receiveFlag, receiveUndoBlock } from './received-flags.ts'
import { receiveNote, receiveNoteDelete, receiveNoteUpdate } from './received-notes.ts'
import { receiveBookingAnswer, receiveBookingJoin, receiveBookingLeave } from './received-office-hours.ts'
import { idOf, isOwnOf, type Handler, type Received } from './received.ts'
import { readRemoteActor } from './remote-actor.ts'
import { receiveTopicBlock, receiveTopicFollow, receiveTopicFollowerGone, receiveTopicUndo } from './topic-follow.ts'

const follow: Handler = async (app, received) => {
  const at = addresses(app.config.origin)
  const { actor, objectId } = received
  if (objectId === at.directory) {
    const partnerCard = await directoryThatAsks(app, actor)
    if (partnerCard) await receiveFollow(app, { partnerCard, follow: JSON.stringify(received.raw) })
    else await turnAway(app, received)
    return
  }
  const personId = personIn(app, objectId)
  const person = personId === undefined ? undefined : await publicPerson(app.db, app.now(), { personId })
  if (!person) return
  const { handle, inbox, sharedInbox } = await readRemoteActor(app, actor)
  await receiveFollower(app, { personId: person.personId, actor, handle, inbox, sharedInbox, followId: received.id })
}

const accept: Handler = async (app, { actor, objectId }) => {
  if (objectId !== undefined) await receiveAccept(app, { actor, followId: objectId })
}

const reject: Handler = (app, { actor, objectId }) => receiveReject(app, { actor, followId: objectId })

const undo: Handler = async (app, received) => {
  const { actor, object, objectId } = received
  const target = followUndone(received)
  if (target === 'none') return
  if (target === undefined || target === addresses(app.config.origin).directory)
    await receiveUndo(app, { actor, ...(objectId === undefined ? {} : { followId: objectId }) })
  const personId = personIn(app, target)
  if (personId !== undefined) await loseFollower(app, actor, personId, objectId)
  else if (!isObject(object) && objectId !== undefined) await loseFollow(app, actor, objectId)
}

const update: Handler = async (app, { actor, object, objectId }) => {
  if (objectId === undefined) return
  if (objectId === actor) {
    await forgetRemoteActor(app, actor)
    return receiveChange(app, { actor, object: objectId })
  }
  await receiveDoorbell(app, { actor, ...doorbellIn(object) })
}

const move: Handler = (app, { actor, objectId }) => receiveChange(app, { actor, object: objectId })

const gone: Handler = async (app, { actor, objectId }) => {
  if (objectId !== actor) return
  await forgetFollower(app, actor)
  await forgetRemoteActor(app, actor)
  await endChatsWith(app, actor)
}

/** What is done about each kind of activity, in this order. A kind that is not here is never stored. */
const handlers: Readonly<Record<string, readonly Handler[]>> = {
  Follow: [follow, receiveTopicFollow],
  Offer: [receiveChatOffer, receiveIntroduction],
  Accept: [accept, receiveChatWord, receiveBookingAnswer, receiveIntroductionWord],
  TentativeAccept: [receiveBookingAnswer],
  Reject: [reject, receiveChatWord, receiveBookingAnswer, receiveIntroductionWord],
  Join: [receiveBookingJoin],
  Leave: [receiveBookingLeave],
  Undo: [undo, receiveTopicUndo, receiveUndoBlock, receiveChatWord, receiveIntroductionWord],
  Update: [update, receivePersonUpdate, receiveNoteUpdate, receiveChatWorth, receiveChatWord],
  Delete: [gone, receiveTopicFollowerGone, receiveNoteDelete],
  Move: [move, receivePersonMove],
  Create: [receiveNote],
  Flag: [receiveFlag],
  Block: [receiveBlock, receiveTopicBlock],
}

/**
 * Does what an activity asks for; nothing where its host was refused while it waited. It may come twice, late, or from somebody who knows
 * nothing about us. Throws what a handler throws.
 */
export async function handle(app: App, received: Received): Promise<void> {
  if (await isRefusedHost(app.db, new URL(received.actor).host)) return
  for (const handler of handlers[received.type] ?? []) await handler(app, received)
}

/** Whether an activity is worked on alone: its work asks other servers, and takes as long as they take. */
export function asksOthers(app: App, { type, objectId, actor }: Received): boolean {
  const at = addresses(app.config.origin)
  if (type === 'Follow') return objectId === at.directory
  return type === 'Move' || (type === 'Update' && objectId === actor)
}

/** The id of a person here, where an address is hers. */
export function personIn(app: Pick<App, 'config'>, address: string | undefined): string | undefined {
  const prefix = addresses(app.config.origin).person('')
  return address?.startsWith(prefix) ? address.slice(prefix.length) : undefined
}

/**
 * Whom the Follow followed that is undone: undefined where only its id stands there, and 'none' where it is no Follow, or not the
 * sender's (FEP-fe34).
 */
export function followUndone({ actor, object, objectId }: Received): string | undefined {
  if (!isObject(object)) return undefined
  const isTheirs = (idOf(object['actor']) ?? actor) === actor && (objectId === undefined || isOwnOf(actor, objectId))
  return object['type'] === 'Follow' && isTheirs ? (idOf(object['object']) ?? 'none') : 'none'
}

// Anybody may follow what they see; only a directory can become a partner node. One that does not answer is asked again.
async function directoryThatAsks(app: App, actor: string): Promise<PartnerCard | undefined> {
  try {
    const card = await lookUpDirectory(app, actor)
    await followKnown(app, card)
    return card
  } catch (error) {
    if (error instanceof Refusal && error.code !== 'partner-unreachable') return undefined
    throw error
  }
}

// Somebody on Mastodon who follows the directory is told no, rather than left to wait.
async function turnAway(app: App, { actor, raw }: Received): Promise<void> {
  const at = addresses(app.config.origin)
  const { inbox } = await readRemoteActor(app, actor)
  const { '@context': _context, ...object } = raw
  const id = `${at.directory}#reject-${sha256Hex(JSON.stringify(raw)).slice(0, 24)}`
  const body = { '@context': activityStreams, id, type: 'Reject', actor: at.directory, to: [actor], object }
  await send(app, { id, sender: directoryActor, inboxes: [inbox], body })
}

/** Where the sender's directory stands, as its doorbell says (FEDERATION.md 4.4); nothing for what is not a number and a text. */
function doorbellIn(object: Received['object']): { readonly seq?: number; readonly epoch?: string } {
  if (!isObject(object)) return {}
  const { seq, epoch } = object
  return Number.isSafeInteger(seq) && typeof epoch === 'string' ? { seq: Number(seq), epoch } : {}
}
