import { isObject } from '../common/objects.ts'
import { idOf, idsIn, type JsonObject, type Received } from './received.ts'

/** Whether an activity will be read here: always, only where we hold something from its actor, or never. */
export type Interest = 'always' | 'if-held' | 'never'

/**
 * What an activity is to the node at `origin`. A server of the fediverse sends each follower's server whatever its people do; only what
 * concerns us is kept.
 */
export function interestIn(received: Received, origin: string): Interest {
  const ours = (id: string | undefined): boolean => id !== undefined && id.startsWith(`${origin}/`)
  const { type, object, objectId, raw } = received
  switch (type) {
    case 'Follow':
    case 'Block':
    case 'Join':
    case 'Leave':
      return ours(objectId) ? 'always' : 'never'
    case 'Flag':
      return idsIn(raw['object']).some(ours) ? 'always' : 'never'
    case 'Create':
    case 'Offer':
      return concerns(received, ours) ? 'always' : 'never'
    case 'Undo':
      if (!isObject(object)) return objectId === undefined ? 'never' : 'always'
      if (isOfChat(object)) return concerns(received, ours) ? 'always' : 'never'
      if (object['type'] !== 'Follow' && object['type'] !== 'Block') return 'never'
      return ours(idOf(object['object'])) || object['object'] === undefined ? 'always' : 'never'
    case 'Accept':
    case 'TentativeAccept':
    case 'Reject':
      return ours(objectId) || (isObject(object) && ours(idOf(object['actor']))) ? 'always' : 'never'
    case 'Move':
      return ours(idOf(raw['target'])) ? 'always' : 'if-held'
    case 'Update':
      return isObject(object) && isOfChat(object) && concerns(received, ours) ? 'always' : 'if-held'
    case 'Delete':
      return 'if-held'
    default:
      return 'never'
  }
}

// What two people say to each other of a chat is about one of these (FEDERATION.md, Chats).
function isOfChat({ type }: JsonObject): boolean {
  return type === 'Offer' || type === 'Accept' || type === 'Agreement'
}

// It addresses somebody here, or replies to something from here.
function concerns({ to, cc, object, raw }: Received, ours: (id: string | undefined) => boolean): boolean {
  if ([...to, ...cc, ...audienceIn(raw)].some(ours)) return true
  return isObject(object) && (audienceIn(object).some(ours) || ours(idOf(object['inReplyTo'])))
}

function audienceIn(one: JsonObject): readonly string[] {
  return ['to', 'cc', 'audience', 'bto', 'bcc'].flatMap((name) => idsIn(one[name]))
}
