import { Accept, Activity, Block, Delete, Follow, Move, Reject, Undo, Update } from '@fedify/fedify/vocab'
import type { InboxContext } from '@fedify/fedify'
import type { App } from '../app.ts'
import { addresses, directoryActor } from '../common/addresses.ts'
import { Refusal } from '../common/errors.ts'
import { sha256Hex } from '../common/ids.ts'
import { logger } from '../common/log.ts'
import { publicPerson } from '../listing/views.ts'
import { receiveAccept, receiveDoorbell, receiveFollow, receiveReject, receiveUndo } from '../partners/actions.ts'
import { receiveChange } from '../partners/move-actions.ts'
import type { PartnerCard } from '../partners/partner.ts'
import { loseFollower, receiveFollower, rememberReceived, send } from './actions.ts'
import { activityStreams } from './context.ts'
import type { JsonDocument } from './documents.ts'
import type { NodeFederation } from './federation.ts'
import { lookUpDirectory } from './partner-lookup.ts'
import { followKnown } from './key-changes.ts'
import { readRemoteActor } from './remote-actor.ts'
import { wasReceived } from './views.ts'

const log = logger('federation')

/** What arrives, after Fedify has checked who sent it. Each may come twice, late, or from somebody who knows nothing about us. */
export function listenToInbox(federation: NodeFederation): void {
  federation
    .setInboxListeners('/ap/{+identifier}/inbox', '/ap/inbox')
    .setSharedKeyDispatcher(() => ({ identifier: 'actor' }))
    .on(Follow, (context, follow) => once(context, follow, (actor) => followed(context.data, actor, follow)))
    .on(Accept, (context, accept) => once(context, accept, (actor) => accepted(context.data, actor, accept)))
    .on(Reject, (context, reject) =>
      once(context, reject, (actor) => receiveReject(context.data, { actor, followId: followIdOf(reject) })),
    )
    .on(Undo, (context, undo) => once(context, undo, (actor) => undone(context, actor, undo)))
    .on(Update, (context, update) => once(context, update, (actor) => updated(context.data, actor, update)))
    .on(Move, (context, move) =>
      once(context, move, (actor) => receiveChange(context.data, { actor, object: move.objectId?.href })),
    )
    .on(Delete, (context, gone) => once(context, gone, (actor) => deleted(context.data, actor, gone)))
    .on(Block, (context, block) => once(context, block, (actor) => blocked(context.data, actor, block)))
    .on(Activity, () => undefined) // understood by others; for us there is nothing to do
    .onUnverifiedActivity((_context, activity, reason) => {
      // A server that is gone says so with a key that is gone (Mastodon sends such Deletes by the thousand).
      const keyIsGone = reason.type === 'keyFetchError'
      return keyIsGone && activity instanceof Delete ? new Response(null, { status: 202 }) : undefined
    })
    .onError((_context, error) => log.warn(`an activity failed: ${error.name}`))
}

/** Does the work for an activity id at most once in 30 days; the work itself may still run twice after a crash. */
async function once(
  context: InboxContext<App>,
  activity: Activity,
  work: (actor: string) => Promise<unknown>,
): Promise<void> {
  const id = activity.id?.href
  const actor = activity.actorId?.href
  if (id === undefined || actor === undefined || new URL(id).origin !== new URL(actor).origin) return
  if (await wasReceived(context.data.db, id)) return
  await work(actor)
  await rememberReceived(context.data, id)
}

async function followed(app: App, actor: string, follow: Follow): Promise<void> {
  const at = addresses(app.config.origin)
  const target = follow.objectId?.href
  const text = await rawText(follow)
  if (target === at.directory) {
    const partnerCard = await directoryThatAsks(app, actor)
    if (partnerCard) await receiveFollow(app, { partnerCard, follow: text })
    else await turnAway(app, actor, text)
    return
  }
  const personId = target?.startsWith(at.person('')) ? target.slice(at.person('').length) : undefined
  const person = personId === undefined ? undefined : await publicPerson(app.db, app.now(), { personId })
  if (!person) return
  const remote = await readRemoteActor(app, actor)
  await receiveFollower(app, {
    personId: person.personId,
    actor,
    handle: remote.handle,
    inbox: remote.inbox,
    sharedInbox: remote.sharedInbox,
    follow: text,
    state: app.config.acceptFollowers === 'automatic' ? 'accepted' : 'waiting',
  })
}

async function accepted(app: App, actor: string, accept: Accept): Promise<void> {
  const followId = followIdOf(accept)
  if (followId !== undefined) await receiveAccept(app, { actor, followId })
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
async function turnAway(app: App, actor: string, follow: string): Promise<void> {
  const at = addresses(app.config.origin)
  const { inbox } = await readRemoteActor(app, actor)
  const { '@context': _context, ...object } = JSON.parse(follow) as JsonDocument // what Fedify read as a Follow
  const id = `${at.directory}#reject-${sha256Hex(follow).slice(0, 24)}`
  const body = { '@context': activityStreams, id, type: 'Reject', actor: at.directory, to: [actor], object }
  await send(app, { id, sender: directoryActor, inboxes: [inbox], body })
}

async function undone(context: InboxContext<App>, actor: string, undo: Undo): Promise<void> {
  const app = context.data
  const at = addresses(app.config.origin)
  const object = await undo.getObject({ ...context, suppressError: true })
  if (object !== null && !(object instanceof Follow)) return
  const target = object?.objectId?.href
  if (object === null || target === at.directory) {
    const followId = undo.objectId?.href
    await receiveUndo(app, { actor, ...(followId === undefined ? {} : { followId }) })
  }
  if (target?.startsWith(at.person(''))) await loseFollower(app, actor, target.slice(at.person('').length))
}

async function updated(app: App, actor: string, update: Update): Promise<void> {
  const target = update.objectId?.href
  if (target === undefined) return
  if (target === actor) return receiveChange(app, { actor, object: target })
  await receiveDoorbell(app, { actor, ...(await doorbellOf(update)) })
}

/** Where the sender's directory stands, as its doorbell says (FEDERATION.md 4.4); nothing for what is not a number and a text. */
async function doorbellOf(update: Update): Promise<{ readonly seq?: number; readonly epoch?: string }> {
  const { object } = (await update.toJsonLd()) as { readonly object?: unknown } // a stranger's JSON
  if (typeof object !== 'object' || object === null) return {}
  const seq = 'seq' in object && Number.isSafeInteger(object.seq) ? Number(object.seq) : undefined
  const epoch = 'epoch' in object && typeof object.epoch === 'string' ? object.epoch : undefined
  return seq === undefined || epoch === undefined ? {} : { seq, epoch }
}

async function deleted(app: App, actor: string, gone: Delete): Promise<void> {
  if (gone.objectId?.href === actor) await loseFollower(app, actor)
}

async function blocked(app: App, actor: string, block: Block): Promise<void> {
  const at = addresses(app.config.origin)
  const target = block.objectId?.href
  if (target?.startsWith(at.person(''))) await loseFollower(app, actor, target.slice(at.person('').length))
}

function followIdOf(answer: Accept | Reject): string | undefined {
  return answer.objectId?.href
}

/** The activity as it was sent, for the answer that must embed it. */
async function rawText(activity: Activity): Promise<string> {
  return JSON.stringify(await activity.toJsonLd())
}
