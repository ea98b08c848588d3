import type { Needs } from '../app.ts'
import { later } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { randomToken, sha256Hex } from '../common/ids.ts'
import type { Language } from '../common/vocabularies.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import type { Account } from './account.ts'
import { joining, type JoinRules } from './joining.ts'
import type { SignInRequest } from './link.ts'
import { removeAllPersonalTokens } from './token-store.ts'
import { administrators, moderators } from './views.ts'
import {
  changeAccount,
  keepAccount,
  keepRequest,
  lockAdministrators,
  removeSessionsAndRequests,
  takeInvitation,
} from './store.ts'

/** Needs of whatever judges who may join. */
export type JoinNeeds = Needs & { readonly config: JoinRules }

/** Lets an action go on only for an active administrator, whatever the page believed. Returns all of them, locked. */
export async function asAdministrator(tx: Tx, who: Pick<Account, 'id'>): Promise<readonly Account[]> {
  const all = await lockAdministrators(tx)
  if (!all.some(({ id }) => id === who.id)) throw new Refusal('not-allowed')
  return all
}

/** Lets an action go on only for somebody who reads reports now (views.ts: moderators). Returns all of them. */
export async function asModerator(tx: Tx, who: Pick<Account, 'id'>): Promise<readonly Account[]> {
  const all = await moderators(tx)
  if (!all.some(({ id }) => id === who.id)) throw new Refusal('not-allowed')
  return all
}

/** Makes a link that is handed over here and now, not mailed. Returns its token, which is kept nowhere. */
export async function newToken(
  tx: Tx,
  needs: Needs,
  request: Pick<SignInRequest, 'mail' | 'purpose' | 'language'>,
  worksFor: number,
): Promise<string> {
  const token = randomToken()
  const now = needs.now()
  const made = {
    id: needs.newId(),
    tokenHash: sha256Hex(token),
    browserHash: null,
    returnTo: null,
    expiresAt: later(now, worksFor),
  }
  await keepRequest(tx, { ...request, ...made }, now)
  return token
}

/** An account as somebody new gets it, before it is kept. */
export function newcomer(needs: Needs, mail: string, language: Language): Account {
  return {
    id: needs.newId(),
    mail,
    role: 'member',
    moderates: false,
    state: 'active',
    language,
    createdAt: needs.now(),
    signedInAt: null,
  }
}

/** Lets an address in as the host decided; an invitation is used up. Refusal mail-domain-not-allowed when it may not join (any more). */
export async function join(tx: Tx, needs: JoinNeeds, mail: string, language: Language): Promise<Account> {
  const how = joining(needs.config, mail, await takeInvitation(tx, mail))
  if (how === 'no') throw new Refusal('mail-domain-not-allowed')
  const state = how === 'at-once' ? 'active' : 'waiting'
  const account = await keepAccount(tx, { ...newcomer(needs, mail, language), state })
  if (account.state === 'waiting') {
    // A job each: one address that takes no mail must not have the others told again.
    for (const { id } of await administrators(tx)) {
      const key = `${account.id} ${id}`
      await enqueue(tx, 'accounts.tell-administrator', { accountId: account.id, administratorId: id }, { key })
    }
  }
  return account
}

/**
 * Nobody is signed in any more, and no link or token made so far works: in an older database stand sessions and tokens that were ended
 * since, and links that were used since.
 */
export async function endEverySignIn(tx: Tx): Promise<void> {
  await removeSessionsAndRequests(tx)
  await removeAllPersonalTokens(tx)
}

/** Closes an account that was closed before, in an older database. What it published is withdrawn by whoever knows of that. */
export function closeForGood(tx: Tx, accountId: string): Promise<void> {
  return changeAccount(tx, accountId, { state: 'closed', role: 'member', moderates: false })
}
