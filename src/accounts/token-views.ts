import { often, oneRow, rows, type Db } from '../database/database.ts'
import type { Account } from './account.ts'
import type { PersonalToken, TokenScope } from './token.ts'

const columns = `id, name, scopes, made_at as "madeAt", ends_at as "endsAt", used_on::text as "usedOn"`

/** Somebody's tokens, newest first, with those that ended lately. */
export function personalTokens(db: Db, accountId: string): Promise<PersonalToken[]> {
  return rows<PersonalToken>(
    db,
    `select ${columns} from personal_token where account_id = $1 order by made_at desc, id limit 100`,
    [accountId],
  )
}

/** A token that works, and whose it is. */
export type Bearer = {
  readonly tokenId: string
  readonly scopes: readonly TokenScope[]
  readonly usedOn: string | null
  readonly account: Account
}

type BearerRow = Account & { tokenId: string; scopes: readonly TokenScope[]; usedOn: string | null }

const byHash = often(
  `select t.id as "tokenId", t.scopes, t.used_on::text as "usedOn", a.id, a.mail, a.role, a.moderates, a.state, a.language,
     a.created_at as "createdAt", a.signed_in_at as "signedInAt"
   from personal_token t join account a on a.id = t.account_id
   where t.token_hash = $1 and t.ends_at > $2 and a.state = 'active'`,
)

/** Who has the token with this hash; undefined when there is none, it has ended, or its owner is not active here. */
export async function bearerByHash(db: Db, tokenHash: string, now: Date): Promise<Bearer | undefined> {
  const found = await oneRow<BearerRow>(db, byHash, [tokenHash, now])
  if (!found) return undefined
  const { tokenId, scopes, usedOn, ...account } = found
  return { tokenId, scopes, usedOn, account }
}
