import { addresses } from '../common/addresses.ts'
import { logger } from '../common/log.ts'
import { readAccount } from './alias-lookup.ts'
import { followerChanged, followerMoved } from './follower-actions.ts'
import { followedBy } from './follower-views.ts'
import { movedHere } from './person-move-actions.ts'
import { idsIn, type Handler } from './received.ts'
import { fetchRemoteActor } from './remote-actor.ts'

const log = logger('federation')

/**
 * An account elsewhere moves: to a person here who named it as hers, or, where it follows people here, to another account that follows
 * them from then on. The latter is believed only when both accounts' own servers say so now.
 */
export const receivePersonMove: Handler = async (app, { actor, objectId, raw }) => {
  const [target] = idsIn(raw['target'])
  if (objectId !== actor || target === undefined || target === actor) return
  const ours = addresses(app.config.origin).person('')
  if (target.startsWith(ours)) return movedHere(app, target.slice(ours.length), actor)
  if ((await followedBy(app.db, actor)).length === 0) return
  const [from, to] = [await readAccount(app, actor), await readAccount(app, target)]
  if (from.id !== actor || to.id !== target || from.movedTo !== target || !to.alsoKnownAs.includes(actor))
    return log.info(`a Move from ${new URL(actor).host} is not confirmed by both ends`)
  await followerMoved(app, actor, target)
}

/** A follower's actor changed: where she is reached is read again from her own server, whatever the body says. */
export const receivePersonUpdate: Handler = async (app, { actor, objectId }) => {
  if (objectId !== actor || (await followedBy(app.db, actor)).length === 0) return
  await followerChanged(app, actor, await fetchRemoteActor(app, actor))
}
