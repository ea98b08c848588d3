import type { Needs } from '../app.ts'
import { InvalidInput } from '../common/errors.ts'
import { keyedHash } from '../common/ids.ts'
import type { Tx } from '../database/database.ts'
import { withChoices, type AudienceChoice } from './audience.ts'
import { withPart, type Part } from './checking.ts'
import { asHandle, handleProblem } from './handle.ts'
import type { StoredProfile } from './profile.ts'
import { changeProfile, type ProfileChange, type Said } from './steps.ts'
import { handleUse, lockHandles } from './store.ts'
import { handleIsOut } from './views.ts'

/** Puts new answers into a profile; what they do not name stays. InvalidInput when one of them cannot be. */
export async function saveFields(needs: Needs, accountId: string, part: Part): Promise<void> {
  await save(needs, accountId, async (_tx, profile) => ({ fields: withPart(profile.fields, part) }))
}

/** Changes who sees what; `said` is for the receipt, where everyone may see her picture from then on. InvalidInput for an audience that a field cannot have. */
export async function saveAudience(
  needs: Needs,
  accountId: string,
  choice: AudienceChoice,
  said?: Said,
): Promise<void> {
  await save(needs, accountId, async (_tx, profile) => ({ audience: withChoices(profile.audience, choice) }), said)
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

function save(
  needs: Needs,
  accountId: string,
  change: (tx: Tx, profile: StoredProfile) => Promise<ProfileChange>,
  said?: Said,
): Promise<void> {
  return needs.db.transaction((tx) => changeProfile(tx, needs, accountId, said, (profile) => change(tx, profile)))
}
