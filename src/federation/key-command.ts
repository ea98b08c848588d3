import type { App } from '../app.ts'
import { addresses, directoryActor } from '../common/addresses.ts'
import { hour, later } from '../common/clock.ts'
import { fingerprint } from '../common/multibase.ts'
import { acceptedFollowers } from '../partners/views.ts'
import { send } from './actions.ts'
import { speechOf } from './actors.ts'
import { publicAudience } from './context.ts'
import { directoryDocument } from './documents.ts'
import { replaceStolenKeys, rotateDirectoryKeys } from './key-actions.ts'
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

/** `settle` does the jobs that are due, so that what is sent before a change is signed by the key before it. */
export type KeysCommand = { readonly verb: string; readonly settle: () => Promise<unknown> }

/** Does `keys show | rotate | replace-stolen`; undefined for another verb. */
export async function keysFromCommandLine(
  app: App,
  { verb, settle }: KeysCommand,
): Promise<{ readonly keys: KeysShown; readonly text: string } | undefined> {
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

async function replaceAll(app: App): Promise<void> {
  const made = new Map<string, readonly KeyRow[]>()
  for (const actorId of await actorsWithKeys(app.db)) {
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
