import { EntitySchema } from 'typeorm'
import type { Language } from '../common/vocabularies.ts'
import { changed, oneRow, rows, type Tx } from '../database/database.ts'
import type { Account } from './account.ts'
import type { SignInRequest } from './link.ts'

export const accountEntity = new EntitySchema<Account>({
  name: 'account',
  columns: {
    id: { type: 'text', primary: true, primaryKeyConstraintName: 'account_pk' },
    mail: { type: 'text' },
    role: { type: 'text' },
    moderates: { type: 'boolean', default: false },
    state: { type: 'text' },
    language: { type: 'text' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    signedInAt: { type: 'timestamptz', name: 'signed_in_at', nullable: true },
  },
  uniques: [{ name: 'account_mail_unique', columns: ['mail'] }],
  checks: [
    { name: 'account_mail_lower', expression: `mail = lower(mail)` },
    { name: 'account_role_known', expression: `role in ('member', 'administrator')` },
    { name: 'account_state_known', expression: `state in ('waiting', 'active', 'closed')` },
    { name: 'account_language_known', expression: `language in ('en', 'cy')` },
  ],
})

/** One account, locked until the transaction ends; null when there is none. */
export function lockAccount(tx: Tx, by: { readonly id: string } | { readonly mail: string }): Promise<Account | null> {
  return tx.manager.findOne(accountEntity, { where: by, lock: { mode: 'pessimistic_write' } })
}

/** Every active administrator, locked, so that two of them cannot both stop being the second last. */
export function lockAdministrators(tx: Tx): Promise<Account[]> {
  return tx.manager.find(accountEntity, {
    where: { role: 'administrator', state: 'active' },
    order: { id: 'ASC' },
    lock: { mode: 'pessimistic_write' },
  })
}

/** Keeps a new account, or leaves the one that has this address already. Returns what is there, locked. */
export async function keepAccount(tx: Tx, account: Account): Promise<Account> {
  await changed(
    tx,
    `insert into account (id, mail, role, state, language, created_at, signed_in_at) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (mail) do nothing`,
    [account.id, account.mail, account.role, account.state, account.language, account.createdAt, account.signedInAt],
  )
  const kept = await lockAccount(tx, { mail: account.mail })
  if (!kept) throw new Error('an account that was neither kept nor known')
  return kept
}

/** Changes what may change of an account. */
export async function changeAccount(
  tx: Tx,
  id: string,
  change: Partial<Pick<Account, 'role' | 'moderates' | 'state' | 'language' | 'signedInAt'>>,
): Promise<void> {
  await tx.manager.update(accountEntity, { id }, change)
}

export async function removeAccount(tx: Tx, id: string): Promise<void> {
  await tx.manager.delete(accountEntity, { id })
}

export type NewInvitation = {
  readonly id: string
  readonly mail: string
  readonly language: Language
  readonly invitedBy: string
}

/** Keeps an invitation; one for the same address is made anew. */
export async function keepInvitation(tx: Tx, invitation: NewInvitation, at: Date): Promise<void> {
  await changed(
    tx,
    `insert into invitation (id, mail, language, invited_by, invited_at) values ($1, $2, $3, $4, $5)
     on conflict (mail) do update set id = excluded.id, language = excluded.language, invited_by = excluded.invited_by,
       invited_at = excluded.invited_at`,
    [invitation.id, invitation.mail, invitation.language, invitation.invitedBy, at],
  )
}

/** Whether there was an invitation for the address, which is used up by asking. */
export async function takeInvitation(tx: Tx, mail: string): Promise<boolean> {
  return (await changed(tx, 'delete from invitation where mail = $1', [mail])) > 0
}

export async function removeInvitation(tx: Tx, id: string): Promise<void> {
  await changed(tx, 'delete from invitation where id = $1', [id])
}

export type NewRequest = Pick<
  SignInRequest,
  'id' | 'mail' | 'purpose' | 'browserHash' | 'language' | 'returnTo' | 'expiresAt'
> & {
  /** Only where the link is handed over at once; for a mailed one the job makes it. */
  readonly tokenHash: string | null
}

export async function keepRequest(tx: Tx, request: NewRequest, at: Date): Promise<void> {
  await changed(
    tx,
    `insert into sign_in_request (id, mail, purpose, token_hash, browser_hash, language, return_to, requested_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      request.id,
      request.mail,
      request.purpose,
      request.tokenHash,
      request.browserHash,
      request.language,
      request.returnTo,
      at,
      request.expiresAt,
    ],
  )
}

const requestColumns = `id, mail, purpose, browser_hash as "browserHash", language, return_to as "returnTo",
  expires_at as "expiresAt", used_at as "usedAt"`

/** One request, locked until the transaction ends. */
export function lockRequest(
  tx: Tx,
  by: { readonly id: string } | { readonly tokenHash: string },
): Promise<SignInRequest | undefined> {
  return 'id' in by
    ? oneRow(tx, `select ${requestColumns} from sign_in_request where id = $1 for update`, [by.id])
    : oneRow(tx, `select ${requestColumns} from sign_in_request where token_hash = $1 for update`, [by.tokenHash])
}

/** Gives a request its token's hash; an earlier one no longer works. */
export async function keepToken(tx: Tx, requestId: string, tokenHash: string): Promise<void> {
  await changed(tx, 'update sign_in_request set token_hash = $2 where id = $1', [requestId, tokenHash])
}

export async function markUsed(tx: Tx, requestId: string, at: Date): Promise<void> {
  await changed(tx, 'update sign_in_request set used_at = $2 where id = $1', [requestId, at])
}

/** Ends the first administrator's links that nobody used. */
export async function removeFirstLinks(tx: Tx): Promise<void> {
  await changed(tx, `delete from sign_in_request where purpose = 'first-administrator' and used_at is null`)
}

/** Forgets requests that ended before `before`. */
export async function forgetRequests(tx: Tx, before: Date): Promise<void> {
  await changed(tx, 'delete from sign_in_request where expires_at < $1', [before])
}

/** Forgets sessions and rate limits that have ended, by the machine's own clock, with which their libraries wrote them. */
export async function forgetSessionsAndLimits(tx: Tx): Promise<void> {
  await rows(tx, 'delete from session where expire < now()')
  await rows(tx, 'delete from rate_limit where expire < extract(epoch from now()) * 1000')
}

/** Signs everybody out, and ends every link that could sign somebody in. */
export async function removeSessionsAndRequests(tx: Tx): Promise<void> {
  await changed(tx, 'delete from session')
  await changed(tx, 'delete from sign_in_request')
}
