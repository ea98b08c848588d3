import { addresses } from '../common/addresses.ts'
import type { App } from '../app.ts'
import { isObject } from '../common/objects.ts'
import { idOf, isOwnOf, type Handler, type Received } from './received.ts'
import { readRemoteActor } from './remote-actor.ts'
import { followTopic, leaveTopic, leaveTopicOf } from './topic-actions.ts'
import { topicSince } from './topic-views.ts'

/** The role whose topic an address is, whether or not that topic is there; undefined for any other address. */
export function topicAt(app: Pick<App, 'config'>, address: string | undefined): string | undefined {
  const prefix = addresses(app.config.origin).topic('')
  return address?.startsWith(prefix) ? address.slice(prefix.length) : undefined
}

/** A Follow of a topic: everybody is let in at once. Nothing for a topic that is not there. */
export const receiveTopicFollow: Handler = async (app, received) => {
  const topic = topicAt(app, received.objectId)
  if (topic === undefined || (await topicSince(app, topic)) === undefined) return
  const { inbox, sharedInbox } = await readRemoteActor(app, received.actor)
  const { actor, id: followId, raw } = received
  await followTopic(app, { topic, actor, inbox, sharedInbox, followId, follow: JSON.stringify(raw) })
}

/** An Undo of such a Follow, embedded or by its id. */
export const receiveTopicUndo: Handler = async (app, received) => {
  const { actor, object, objectId } = received
  const topic = topicAt(app, followedIn(received))
  if (topic !== undefined) await leaveTopic(app, actor, topic, objectId)
  else if (!isObject(object) && objectId !== undefined) await leaveTopicOf(app, actor, objectId)
}

/** A Block of a topic is the end of following it. */
export const receiveTopicBlock: Handler = async (app, received) => {
  const topic = topicAt(app, received.objectId)
  if (topic !== undefined) await leaveTopic(app, received.actor, topic)
}

/** An actor that is gone follows nothing any more. */
export const receiveTopicFollowerGone: Handler = async (app, received) => {
  if (received.objectId === received.actor) await leaveTopic(app, received.actor)
}

// What somebody else's Follow was is not his to undo.
function followedIn({ actor, object }: Received): string | undefined {
  if (!isObject(object) || object['type'] !== 'Follow') return undefined
  const id = idOf(object['id'])
  if (id !== undefined && !isOwnOf(actor, id)) return undefined
  const follower = idOf(object['actor'])
  return follower === undefined || follower === actor ? idOf(object['object']) : undefined
}
