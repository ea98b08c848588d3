import type { Account } from '../accounts/account.ts'
import type { Db, Tx } from '../database/database.ts'
import { profileOf } from '../profile/views.ts'
import type { Viewer } from './card.ts'

/** Who looks at the directory: somebody signed in and active here, with what she said of herself; or anybody. */
export async function viewerOf(db: Db | Tx, account: Account | undefined): Promise<Viewer> {
  if (account?.state !== 'active') return { audience: 'public' }
  const profile = await profileOf(db, account.id)
  return { audience: 'members', accountId: account.id, ...(profile ? { profile: profile.fields } : {}) }
}
