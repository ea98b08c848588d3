import type { App } from '../app.ts'
import { endBlockedChats } from '../chats/ending-actions.ts'
import { addresses } from '../common/addresses.ts'
import { isObject } from '../common/objects.ts'
import { ownerOfListing, ownerOfPerson, type Owner } from '../listing/owner-views.ts'
import { plainText } from '../requests/plain-text.ts'
import { receiveBlockOf, receiveReport, receiveUnblockOf } from '../safety/actions.ts'
import { longestContent, mostPosts } from '../safety/report.ts'
import { loseFollower } from './follower-actions.ts'
import { idOf, idsIn, type Handler, type Received } from './received.ts'
import { topics } from './topics.ts'

/** More people than that in one Flag are not looked up. */
const mostPeople = 5

/**
 * A Flag, of a server's own actor or of a person: kept as a report for the moderators, once for each person here whom it names.
 * `to` is not asked for, since GoToSocial sends none. What is not about us is dropped.
 */
export const receiveFlag: Handler = async (app, received) => {
  const { host: ownHost, origin } = addresses(app.config.origin)
  const named = idsIn(received.raw['object']).filter((id) => URL.parse(id)?.origin === origin)
  const people = await peopleIn(app, named)
  const rest = named.filter((id) => !people.has(id))
  const subjects = [...new Map([...people.values()].map((owner) => [owner.accountId, owner])).values()]
  const report = {
    reporterHost: new URL(received.actor).host,
    content: contentOf(received),
  }
  for (const owner of subjects.slice(0, mostPeople)) {
    const actor = addresses(origin).person(owner.personId)
    const posts = [...people].filter(([id, its]) => its.accountId === owner.accountId && id !== actor).map(([id]) => id)
    const about = { actor, host: ownHost, accountId: owner.accountId }
    await receiveReport(app, { ...report, about, posts: posts.slice(0, mostPosts) })
  }
  // Nobody's in particular: a role that can be followed, the directory, this node. Whatever else there is no end of is this node's.
  if (subjects.length > 0 || rest.length === 0) return
  const at = addresses(app.config.origin)
  const actor = rest.find((id) => id === at.directory || topics().some((role) => id === at.topic(role))) ?? at.node
  const posts = rest.filter((id) => id !== actor).slice(0, mostPosts)
  await receiveReport(app, { ...report, about: { actor, host: ownHost }, posts })
}

// Whom each address is, or is by: a person, her Notes and whatever else is below her, or her listing.
async function peopleIn(app: App, named: readonly string[]): Promise<ReadonlyMap<string, Owner>> {
  const at = addresses(app.config.origin)
  const owners = new Map<string, Owner>()
  for (const id of named.slice(0, mostPosts)) {
    const personId = partAfter(id, at.person(''))
    const listingId = partAfter(id, at.listing(''))
    const owner =
      personId !== undefined
        ? await ownerOfPerson(app.db, personId)
        : listingId !== undefined
          ? await ownerOfListing(app.db, listingId)
          : undefined
    if (owner) owners.set(id, owner)
  }
  return owners
}

function partAfter(id: string, prefix: string): string | undefined {
  return id.startsWith(prefix) ? /^[0-9a-z]{4,40}/.exec(id.slice(prefix.length))?.[0] : undefined
}

function contentOf({ raw }: Received): string {
  const { content } = raw
  return typeof content === 'string' ? plainText(content, longestContent) : ''
}

/** A Block of a person here: what the other follows ends, and neither is told. Of anything else: nothing. */
export const receiveBlock: Handler = async (app, received) => {
  const owner = await personNamed(app, received.objectId)
  if (!owner) return
  const { actor, id } = received
  await receiveBlockOf(app, { accountId: owner.accountId, personId: owner.personId, actor, activity: id })
  await loseFollower(app, actor, owner.personId)
  await endBlockedChats(app, owner.accountId)
}

/** An Undo of a Block, which may be there whole, or by its id alone. It ends only what the sender itself began. */
export const receiveUndoBlock: Handler = async (app, received) => {
  const { actor, object, objectId } = received
  if (isObject(object) && object['type'] !== 'Block') return
  const owner = isObject(object) ? await personNamed(app, idOf(object['object'])) : undefined
  await receiveUnblockOf(app, {
    actor,
    ...(objectId === undefined ? {} : { activity: objectId }),
    ...(owner ? { accountId: owner.accountId } : {}),
  })
}

async function personNamed(app: App, id: string | undefined): Promise<Owner | undefined> {
  const prefix = addresses(app.config.origin).person('')
  const personId = id?.startsWith(prefix) ? id.slice(prefix.length) : undefined
  return personId === undefined ? undefined : ownerOfPerson(app.db, personId)
}
