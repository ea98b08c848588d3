import type { App } from '../app.ts'
import { addresses, directoryActor, nodeActor } from '../common/addresses.ts'
import { hour, later } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { fingerprint } from '../common/multibase.ts'
import { publicPerson } from '../listing/views.ts'
import { acceptedFollowers } from '../partners/views.ts'
import { send } from './actions.ts'
import { speechOf } from './actors.ts'
import { publicAudience } from './context.ts'
import { directoryDocument } from './documents.ts'
import { replaceStolenKeys, rotateDirectoryKeys } from './key-actions.ts'
import { beginKeyChange } from './key-change-actions.ts'
import { actorsOfRetired, actorsWithComingKeys } from './key-change-views.ts'
import { switchKeys } from './key-jobs.ts'
import type { KeyRow } from './key-row.ts'
import { makeKeys, newKey, publicKeysOf, signingKeys } from './keys.ts'
import { actorsWithKeys, directoryFacts, directoryKeysSince, keyChanges } from './views.ts'

/** What `sideways keys …` answers. */
export type KeysShown = {
  readonly number: number
  readonly fingerprint: string
  readonly since: string | null
  /** Changes that partners can follow: the numbers and times of the keys that came. */
  readonly changes: readonly { readonly number: number; readonly changed: string }[]
}

/** A person by her handle, every person, or the node's own actor. */
export type WhoseKeys = { readonly handle: string } | 'people' | 'node'

/** `settle` does the jobs that are due, so that what is sent before a change is signed by the key before it. */
export type KeysCommand = {
  readonly verb: string
  /** Whose keys are rotated; the directory's where nobody is named. */
  readonly whose?: readonly WhoseKeys[]
  readonly settle: () => Promise<unknown>
}

/** Does `keys show | rotate | replace-stolen`; undefined for another verb, or for two at once. Refusal person-unknown for no such handle. */
export async function keysFromCommandLine(
  app: App,
  { verb, whose = [], settle }: KeysCommand,
): Promise<{ readonly keys: KeysShown | RotatedKeys; readonly text: string } | undefined> {
  const [one, another] = whose
  if (another !== undefined || (one !== undefined && verb !== 'rotate')) return undefined
  if (one !== undefined) return rotateOthers(app, one, settle)
  if (verb === 'show') {
    const keys = await shownKeys(app)
    return { keys, text: textOf(keys) }
  }
  if (verb === 'rotate') {
    await rotate(app, settle)
    const keys = await shownKeys(app)
    return {
      keys,
      text: `The directory has new keys. Partner nodes follow by themselves: nobody has to do anything.\n\n${textOf(keys)}`,
    }
  }
  if (verb !== 'replace-stolen') return undefined
  await replaceAll(app)
  const keys = await shownKeys(app)
  return { keys, text: `${afterTheft}\n\n${textOf(keys)}` }
}

const afterTheft = `Every key of this node is new, and the old ones count for nothing here. Partner nodes do not believe the new ones until their
administrators have compared them. Do this now:
  1. Call the people of every partner node. Read out the fingerprint below; they find it under Partner nodes, beside your node.
  2. Ask them to compare it in full and only then to trust it. Until they do, your people disappear there after 7 days at most.
  3. Find out how the keys got out. Whoever has a backup has the keys that were in it.`

/**
 * New keys for the directory. Servers that take a new key only from a word that the old one signed are told first; then everything is
 * signed by the new ones. Whoever missed the word reads the change when it next asks.
 */
async function rotate(app: App, settle: () => Promise<unknown>): Promise<void> {
  const made = await bothKeys()
  await announce(app, made)
  await settle()
  await rotateDirectoryKeys(app, made)
}

async function announce(app: App, made: readonly KeyRow[]): Promise<void> {
  const followers = await acceptedFollowers(app.db)
  if (followers.length === 0) return
  const at = addresses(app.config.origin)
  const { number } = await signingKeys(app, directoryActor)
  const facts = { ...(await directoryFacts(app.db)), t: speechOf(app).t }
  const document = directoryDocument(at, app.config, publicKeysOf(made, number + 1), facts)
  const { '@context': context, ...object } = document
  const id = `${at.directory}/activities/${app.newId()}`
  await send(app, {
    id,
    sender: directoryActor,
    inboxes: followers.map(({ inbox }) => inbox),
    body: { '@context': context, id, type: 'Update', actor: at.directory, to: [publicAudience], object },
    giveUpAt: later(app.now(), hour),
  })
}

/** How many actors use new keys now, and how many do so once their servers have been told. */
export type RotatedKeys = { readonly changed: number; readonly waiting: number }

async function rotateOthers(
  app: App,
  whose: WhoseKeys,
  settle: () => Promise<unknown>,
): Promise<{ readonly keys: RotatedKeys; readonly text: string }> {
  const actorIds = await actorsOf(app, whose)
  for (const actorId of actorIds) await beginKeyChange(app, actorId, await bothKeys())
  await settle()
  await switchKeys(app)
  const still = new Set(await actorsWithComingKeys(app.db))
  const waiting = actorIds.filter((actorId) => still.has(actorId)).length
  const changed = actorIds.length - waiting
  const text = [
    `New keys in use: ${changed}.`,
    ...(waiting === 0
      ? ['Every server that has the old key was told, and nobody has to do anything.']
      : [
          `New keys that wait: ${waiting}. Some servers have not been told yet. Keep the node running: it takes the new keys into use`,
          'when all of them have answered, or after 48 hours.',
        ]),
  ].join('\n')
  return { keys: { changed, waiting }, text }
}

async function actorsOf(app: App, whose: WhoseKeys): Promise<readonly string[]> {
  if (whose === 'node') return [nodeActor]
  if (whose !== 'people') {
    const person = await publicPerson(app.db, app.now(), { handle: whose.handle.toLowerCase() })
    if (!person) throw new Refusal('person-unknown')
    return [person.personId]
  }
  const retired = await actorsOfRetired(app.db)
  return (await actorsWithKeys(app.db)).filter((id) => id !== nodeActor && id !== directoryActor && !retired.has(id))
}

async function replaceAll(app: App): Promise<void> {
  const made = new Map<string, readonly KeyRow[]>()
  // Who has left says one last word, which others can check only by the key that they have.
  const retired = await actorsOfRetired(app.db)
  for (const actorId of (await actorsWithKeys(app.db)).filter((id) => !retired.has(id))) {
    await makeKeys(app, actorId) // a job may have made but one of the two
    made.set(actorId, await bothKeys())
  }
  await replaceStolenKeys(app, made)
}

async function bothKeys(): Promise<readonly KeyRow[]> {
  return [await newKey('rsa'), await newKey('ed25519')]
}

async function shownKeys(app: App): Promise<KeysShown> {
  const { number, ed25519 } = await signingKeys(app, directoryActor)
  return {
    number,
    fingerprint: fingerprint(ed25519.multikey),
    since: (await directoryKeysSince(app.db))?.toISOString() ?? null,
    changes: (await keyChanges(app.db)).map((change) => ({
      number: change.number,
      changed: change.changedAt.toISOString(),
    })),
  }
}

function textOf({ number, fingerprint: print, since, changes }: KeysShown): string {
  return [
    `Key ${number} of the directory${since === null ? '' : `, since ${since}`}`,
    `  fingerprint: ${print}`,
    ...changes.map((change) => `  key ${change.number} came on ${change.changed}, signed by the one before`),
  ].join('\n')
}
