import { accountById } from '../accounts/views.ts'
import type { Needs } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { keyedHash } from '../common/ids.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { withChoices, type AudienceChoice } from './audience.ts'
import { withPart, type Part } from './checking.ts'
import { asHandle, handleProblem } from './handle.ts'
import type { StoredProfile } from './profile.ts'
import { beginProfile, handleUse, keepProfile, lockHandles, lockedProfile } from './store.ts'
import { handleIsOut } from './views.ts'

/** Puts new answers into a profile; what they do not name stays. InvalidInput when one of them cannot be. */
export async function saveFields(needs: Needs, accountId: string, part: Part): Promise<void> {
  await save(needs, accountId, async (_tx, profile) => ({ fields: withPart(profile.fields, part) }))
}

/** Changes who sees what. InvalidInput for an audience that a field cannot have. */
export async function saveAudience(needs: Needs, accountId: string, choice: AudienceChoice): Promise<void> {
  await save(needs, accountId, async (_tx, profile) => ({ audience: withChoices(profile.audience, choice) }))
}

/** Takes a handle that nobody has or had. InvalidInput when that cannot be, or when other servers know the present one. */
export async function chooseHandle(
  needs: Needs & { readonly hashingKey: string },
  accountId: string,
  typed: string,
): Promise<void> {
  const handle = asHandle(typed)
  await save(needs, accountId, async (tx, profile) => {
    if (handle === profile.handle) return {}
    await lockHandles(tx)
    const rule =
      handleProblem(handle) ??
      ((await handleIsOut(tx, accountId))
        ? 'out'
        : await handleUse(tx, accountId, handle, keyedHash(needs.hashingKey, handle)))
    if (rule) throw new InvalidInput([{ field: 'handle', rule }])
    return { handle }
  })
}

type Change = Partial<Pick<StoredProfile, 'fields' | 'audience' | 'handle'>>

/** One change of a locked profile of an active account, and the news for its listing, if there is one. */
async function save(
  needs: Needs,
  accountId: string,
  change: (tx: Tx, profile: StoredProfile) => Promise<Change>,
): Promise<void> {
  await needs.db.transaction(async (tx) => {
    if ((await accountById(tx, accountId))?.state !== 'active') throw new Refusal('not-allowed')
    const updatedAt = needs.now()
    await beginProfile(tx, accountId, updatedAt)
    const profile = await lockedProfile(tx, accountId)
    if (!profile) throw new Error('a profile that was just made is gone')
    await keepProfile(tx, accountId, { ...(await change(tx, profile)), updatedAt })
    await enqueue(tx, 'listing.republish', { accountId }, { key: accountId })
  })
}
