import { allowScope, openToChat } from '../../src/listing/actions.ts'
import { day, dayOf, later } from '../../src/common/clock.ts'
import type { Profile } from '../../src/common/schema-types.ts'
import { rows } from '../../src/database/database.ts'
import { chooseHandle, saveFields } from '../../src/profile/actions.ts'
import type { TestNode } from './node.ts'

export type Resident = { readonly id: string; readonly handle: string; readonly language: 'en' }

/** A finished profile for tests. */
export const ashasProfile: Profile = {
  displayName: 'Asha Rao',
  roles: ['product-manager'],
  onlyOne: 'organisation',
  organisation: 'North Council',
  sector: 'local-government',
  country: 'GB',
  languages: [
    { tag: 'en', level: 'easy' },
    { tag: 'cy', level: 'slow' },
  ],
  shares: ['retrospective'],
  wantsToTry: ['story-map'],
  introduction: 'Only product manager at North Council.',
}

/** Somebody with an account and a finished profile on a node, not listed anywhere. */
export async function aResident(node: TestNode, handle = 'asha', fields: Partial<Profile> = {}): Promise<Resident> {
  const id = node.app.newId()
  await rows(
    node.app.db,
    `insert into account (id, mail, role, state, language, created_at) values ($1, $2, 'member', 'active', 'en', $3)`,
    [id, `${handle}@north.example`, node.time],
  )
  await saveFields(node.app, id, { ...ashasProfile, ...fields })
  await chooseHandle({ ...node.app, hashingKey: node.app.secrets.hashing }, id, handle)
  return { id, handle, language: 'en' }
}

/** Says yes to the purposes given, as the pages would. */
export async function listed(
  node: TestNode,
  who: Resident,
  purposes: readonly ('here' | 'partners' | 'public' | 'discovery')[],
): Promise<void> {
  for (const purpose of purposes) {
    await allowScope(node.app, who, {
      purpose,
      language: 'en',
      channel: 'page',
      ...(purpose === 'public'
        ? { choices: ['sector', 'country', 'languages', 'shares', 'wantsToTry', 'introduction'] }
        : {}),
    })
  }
}

/** Opens her flag for some days. */
export async function opened(node: TestNode, who: Resident, days = 30): Promise<void> {
  await openToChat(node.app, who, {
    kinds: ['first-chat'],
    boundaries: ['no-selling'],
    capacity: 2,
    hiddenHere: false,
    endsOn: dayOf(later(node.time, days * day)),
  })
}
