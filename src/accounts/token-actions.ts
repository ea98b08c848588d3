import type { Needs } from '../app.ts'
import { day, dayOf, later } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { randomToken, sha256Hex } from '../common/ids.ts'
import type { Account } from './account.ts'
import { lockAccount } from './store.ts'
import {
  countPersonalTokens,
  keepPersonalToken,
  keepTokenUse,
  removeEndedPersonalTokens,
  removePersonalToken,
} from './token-store.ts'
import { endedTokenKeptFor, mostTokens, tokenText, type TokenWish } from './token.ts'

type Who = Pick<Account, 'id'>

/**
 * Makes a token and returns its text, which is kept nowhere. `id` is the form's: sent twice, it makes one token, and the second
 * time there is nothing to show (undefined). Refusals: account-closed, too-many-tokens.
 */
export function makePersonalToken(
  needs: Needs,
  who: Who,
  wish: TokenWish & { readonly id: string },
): Promise<string | undefined> {
  return needs.db.transaction(async (tx) => {
    const now = needs.now()
    const account = await lockAccount(tx, { id: who.id }) // so that two at once cannot both be the last that there is room for
    if (account?.state !== 'active') throw new Refusal('account-closed')
    const token = tokenText(randomToken())
    const isNew = await keepPersonalToken(tx, {
      id: wish.id,
      accountId: account.id,
      name: wish.name,
      tokenHash: sha256Hex(token),
      scopes: wish.scopes,
      madeAt: now,
      endsAt: later(now, wish.days * day),
    })
    if (!isNew) return undefined
    if ((await countPersonalTokens(tx, account.id, now)) > mostTokens) throw new Refusal('too-many-tokens')
    return token
  })
}

/** Ends a token of hers at once. Nothing when there is none. */
export function revokePersonalToken(needs: Needs, who: Who, id: string): Promise<void> {
  return needs.db.transaction((tx) => removePersonalToken(tx, who.id, id))
}

/** Keeps the day on which a token was used. Call it at most once a day for each. */
export function noteTokenUse(needs: Needs, tokenId: string): Promise<void> {
  return needs.db.transaction((tx) => keepTokenUse(tx, tokenId, dayOf(needs.now())))
}

/** Forgets tokens 30 days after they ended. */
export function forgetEndedTokens(needs: Needs): Promise<void> {
  return needs.db.transaction((tx) => removeEndedPersonalTokens(tx, later(needs.now(), -endedTokenKeptFor)))
}
