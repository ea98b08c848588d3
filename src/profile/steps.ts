import { accountById } from '../accounts/views.ts'
import type { Needs } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { keyedHash } from '../common/ids.ts'
import type { Language } from '../common/vocabularies.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { keptFrom, narrowed, widened } from './audience.ts'
import { pictureName } from './picture.ts'
import { renamePicture } from './picture-store.ts'
import { fieldNames, levelOf, type Field, type StoredProfile } from './profile.ts'
import { askForChecks } from './link-steps.ts'
import type { Receipt } from './receipt.ts'
import { beginProfile, insertReceipt, keepProfile, keepRetiredHandle, lockedProfile } from './store.ts'

/** Keeps a receipt of one yes or no, in the transaction of what it allows or ends. */
export async function keepReceipt(tx: Tx, receipt: Receipt): Promise<void> {
  await insertReceipt(tx, receipt)
}

/** Ends a handle for good: its owner has none from then on, and nobody can choose it again. */
export async function retireHandle(tx: Tx, hashingKey: string, handle: string, at: Date): Promise<void> {
  await keepRetiredHandle(tx, handle, keyedHash(hashingKey, handle), at)
}

/** Ends the address of an account's picture, which everyone may know, and gives it another one. Nothing where there is no picture. */
export async function moveOnPicture(tx: Tx, needs: Pick<Needs, 'newId'>, accountId: string): Promise<void> {
  const profile = await lockedProfile(tx, accountId)
  if (profile?.fields.picture === undefined) return
  const picture = { ...profile.fields.picture, name: pictureName(needs.newId()) }
  await renamePicture(tx, accountId, picture.name)
  await keepProfile(tx, accountId, { fields: { ...profile.fields, picture } })
}

/** What a yes to *public* says of single fields. */
export type PublicFields = { readonly open: readonly Field[]; readonly closed: readonly Field[] }

/**
 * Opens fields to everybody (level 5), the only-one marker excepted, and closes others that were open from an earlier yes. For
 * the yes to *public*, which names them.
 */
export async function choosePublicFields(
  tx: Tx,
  accountId: string,
  { open, closed }: PublicFields,
  at: Date,
): Promise<void> {
  const profile = await lockedProfile(tx, accountId)
  if (!profile) return
  await keepProfile(tx, accountId, { audience: widened(narrowed(profile.audience, closed), open) })
  // There is a page from now on that her links can link back to.
  await askForChecks(tx, accountId, at)
}

/** Keeps these fields from readers at that level and wider, as their owner did once. Returns whether any of them saw one. */
export async function keepFieldsFrom(
  tx: Tx,
  accountId: string,
  { fields, level }: { readonly fields: readonly string[]; readonly level: number },
): Promise<boolean> {
  const profile = await lockedProfile(tx, accountId)
  if (!profile) return false
  const named = fieldNames.filter((field) => fields.includes(field))
  const audience = keptFrom(profile.audience, named, level)
  if (named.every((field) => levelOf(audience, field) === levelOf(profile.audience, field))) return false
  await keepProfile(tx, accountId, { audience })
  return true
}

/** What the page said when somebody chose who sees her picture, for the receipt. */
export type Said = { readonly language: Language; readonly wording: string }

export type ProfileChange = Partial<Pick<StoredProfile, 'fields' | 'audience' | 'handle'>>

/**
 * One change of a locked profile of an active account, and the news for its listing, if there is one. Where everyone may see her
 * picture from then on, or no longer, there is a receipt of it.
 */
export async function changeProfile(
  tx: Tx,
  needs: Needs,
  accountId: string,
  said: Said | undefined,
  change: (profile: StoredProfile) => Promise<ProfileChange>,
): Promise<void> {
  if ((await accountById(tx, accountId))?.state !== 'active') throw new Refusal('not-allowed')
  const updatedAt = needs.now()
  await beginProfile(tx, accountId, updatedAt)
  const profile = await lockedProfile(tx, accountId)
  if (!profile) throw new Error('a profile that was just made is gone')
  const changed = await change(profile)
  await keepProfile(tx, accountId, { ...changed, updatedAt })
  if (changed.fields && JSON.stringify(changed.fields.links) !== JSON.stringify(profile.fields.links))
    await askForChecks(tx, accountId, updatedAt)
  const isOpen = isPictureOpen({ ...profile, ...changed })
  if (said && isPictureOpen(profile) !== isOpen)
    await keepReceipt(tx, {
      id: needs.newId(),
      accountId,
      purpose: 'picture',
      given: isOpen,
      wordingVersion: `picture.v1.${said.language}`,
      wording: said.wording,
      language: said.language,
      channel: 'page',
      at: updatedAt,
    })
  await enqueue(tx, 'listing.republish', { accountId }, { key: accountId })
}

function isPictureOpen({ fields, audience }: Pick<StoredProfile, 'fields' | 'audience'>): boolean {
  return fields.picture !== undefined && levelOf(audience, 'picture') === 5
}
