import { oneRow, rows, type Db, type Tx } from '../database/database.ts'
import type { Language } from '../common/vocabularies.ts'
import type { Account } from './account.ts'
import type { SignInRequest } from './link.ts'

const columns = `id, mail, role, moderates, state, language, created_at as "createdAt", signed_in_at as "signedInAt"`

export function accountById(db: Db | Tx, id: string): Promise<Account | undefined> {
  return oneRow<Account>(db, `select ${columns} from account where id = $1`, [id])
}

/** The account with that address, which is compared in its kept form (account.ts: mailAddress). */
export function accountByMail(db: Db | Tx, mail: string): Promise<Account | undefined> {
  return oneRow<Account>(db, `select ${columns} from account where mail = $1`, [mail])
}

/** Who waits for approval, longest first; at most 200. */
export function waitingAccounts(db: Db): Promise<Account[]> {
  return rows<Account>(db, `select ${columns} from account where state = 'waiting' order by created_at, id limit 200`)
}

/** How many wait for approval: for administrators only. */
export async function waitingCount(db: Db): Promise<number> {
  const found = await oneRow<{ count: number }>(
    db,
    `select count(*)::int as count from account where state = 'waiting'`,
  )
  return found?.count ?? 0
}

/** The active administrators; at most 200. */
export function administrators(db: Db | Tx): Promise<Account[]> {
  return rows<Account>(
    db,
    `select ${columns} from account where role = 'administrator' and state = 'active' order by created_at, id limit 200`,
  )
}

/** The active accounts that were made moderators; at most 200. */
export function appointedModerators(db: Db | Tx): Promise<Account[]> {
  return rows<Account>(
    db,
    `select ${columns} from account where moderates and state = 'active' order by created_at, id limit 200`,
  )
}

/** Who reads reports: the moderators, or, while nobody is one, the administrators. */
export async function moderators(db: Db | Tx): Promise<readonly Account[]> {
  const appointed = await appointedModerators(db)
  return appointed.length > 0 ? appointed : administrators(db)
}

export type AccountsPage = { readonly accounts: readonly Account[]; readonly next: string | undefined }

/** How many accounts one page of the list shows. */
export const accountsOnAPage = 50

/** Accounts that are active or closed, oldest first, after the account with id `after`; `next` is the cursor of the next page. */
export async function accountsPage(db: Db, after?: string): Promise<AccountsPage> {
  const found = await rows<Account>(
    db,
    `select ${columns} from account where state <> 'waiting'
       and ($1::text is null or (created_at, id) > (select a.created_at, a.id from account a where a.id = $1))
     order by created_at, id limit $2`,
    [after ?? null, accountsOnAPage + 1],
  )
  const accounts = found.slice(0, accountsOnAPage)
  return { accounts, next: found.length > accountsOnAPage ? accounts.at(-1)?.id : undefined }
}

export type Invitation = {
  readonly id: string
  readonly mail: string
  readonly language: Language
  readonly invitedAt: Date
}

const invitationColumns = 'id, mail, language, invited_at as "invitedAt"'

/** Invitations that nobody has used yet, newest first; at most 200. */
export function invitations(db: Db): Promise<Invitation[]> {
  return rows<Invitation>(db, `select ${invitationColumns} from invitation order by invited_at desc, mail limit 200`)
}

export function invitationById(db: Db, id: string): Promise<Invitation | undefined> {
  return oneRow<Invitation>(db, `select ${invitationColumns} from invitation where id = $1`, [id])
}

export async function isInvited(db: Db | Tx, mail: string): Promise<boolean> {
  return (await oneRow(db, 'select 1 from invitation where mail = $1', [mail])) !== undefined
}

/** The request whose link has a token with this hash. Looking does not use it up. */
export function requestByToken(db: Db, tokenHash: string): Promise<SignInRequest | undefined> {
  return oneRow<SignInRequest>(
    db,
    `select id, mail, purpose, browser_hash as "browserHash", language, return_to as "returnTo",
       expires_at as "expiresAt", used_at as "usedAt" from sign_in_request where token_hash = $1`,
    [tokenHash],
  )
}
