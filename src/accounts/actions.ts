import type { Needs } from '../app.ts'
import { later } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { randomToken, sha256Hex } from '../common/ids.ts'
import { logger } from '../common/log.ts'
import type { Language } from '../common/vocabularies.ts'
import { enqueue } from '../jobs/queue.ts'
import { isMailAddress, mailAddress, type Account } from './account.ts'
import { addressesIn, joining, mostInvitations } from './joining.ts'
import { endedLinkKeptFor, faultOf, firstLinkWorksFor, linkOf, linkWorksFor } from './link.ts'
import { asAdministrator, join, newcomer, newToken, type JoinNeeds } from './steps.ts'
import {
  changeAccount,
  forgetRequests,
  forgetSessionsAndLimits,
  keepAccount,
  keepInvitation,
  keepRequest,
  keepToken,
  lockAccount,
  lockAdministrators,
  lockRequest,
  markUsed,
  removeAccount,
  removeFirstLinks,
  removeInvitation,
} from './store.ts'
import { removePersonalTokens } from './token-store.ts'
import { accountByMail, isInvited } from './views.ts'

const log = logger('accounts')

export type LinkWish = {
  readonly mail: string
  readonly language: Language
  /** SHA-256 of a cookie in the browser that asks. */
  readonly browserHash: string
  readonly returnTo: string | undefined
}

/** Asks for a link by mail. The same for every address: whether it may have one is decided in the job, out of sight. */
export function askForLink(needs: Needs, wish: LinkWish): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const now = needs.now()
    const requestId = needs.newId()
    await keepRequest(
      tx,
      {
        ...wish,
        id: requestId,
        purpose: 'sign-in',
        tokenHash: null,
        returnTo: wish.returnTo ?? null,
        expiresAt: later(now, linkWorksFor),
      },
      now,
    )
    // Eight attempts take about as long as the link works.
    await enqueue(tx, 'accounts.send-sign-in-link', { requestId }, { attempts: 8 })
  })
}

export type MailedLink = { readonly mail: string; readonly language: Language; readonly token: string }

/**
 * Makes the token of a mailed link; one made before no longer works. Undefined when nothing may be sent: the request ended
 * or is gone, the account is closed, or the address may not join.
 */
export function makeToken(needs: JoinNeeds, requestId: string): Promise<MailedLink | undefined> {
  return needs.db.transaction(async (tx) => {
    const request = await lockRequest(tx, { id: requestId })
    if (!request || request.mail === null || faultOf(request, needs.now())) return undefined
    const account = await lockAccount(tx, { mail: request.mail })
    if (account?.state === 'closed') return undefined
    if (!account && joining(needs.config, request.mail, await isInvited(tx, request.mail)) === 'no') return undefined
    const token = randomToken()
    await keepToken(tx, request.id, sha256Hex(token))
    return { mail: request.mail, language: request.language, token }
  })
}

export type SignIn = { readonly account: Account; readonly returnTo: string | undefined }

/**
 * Uses a link up and says whose it was; somebody new who may join gets her account here. `mail` is asked of the first
 * administrator only. Refusals: link-unknown, link-used, link-expired, account-closed, mail-domain-not-allowed.
 */
export function useLink(
  needs: JoinNeeds,
  given: { readonly token: string; readonly mail?: string; readonly language: Language },
): Promise<SignIn> {
  return needs.db.transaction(async (tx) => {
    const now = needs.now()
    const request = await lockRequest(tx, { tokenHash: sha256Hex(given.token) })
    const fault = faultOf(request, now)
    if (fault || !request) throw new Refusal(fault ?? 'link-unknown')
    const first = request.purpose === 'first-administrator'
    const mail = request.mail ?? firstMail(given.mail)
    const known = await lockAccount(tx, { mail })
    if (known?.state === 'closed') throw new Refusal('account-closed')
    if (first && (await lockAdministrators(tx)).length > 0) throw new Refusal('link-used')
    await markUsed(tx, request.id, now)
    const account =
      known ??
      (first
        ? await keepAccount(tx, newcomer(needs, mail, given.language))
        : await join(tx, needs, mail, request.language))
    const change = { signedInAt: now, ...(first ? ({ role: 'administrator', state: 'active' } as const) : {}) }
    await changeAccount(tx, account.id, change)
    log.info(`account ${account.id} used a link (${request.purpose})`)
    return { account: { ...account, ...change }, returnTo: request.returnTo ?? undefined }
  })
}

function firstMail(text: string | undefined): string {
  const mail = mailAddress(text ?? '')
  if (mail === '') throw new InvalidInput([{ field: 'mail', rule: 'required' }])
  if (!isMailAddress(mail)) throw new InvalidInput([{ field: 'mail', rule: 'format' }])
  return mail
}

/** A link for whoever starts a node that has no administrator: works once, for 24 hours, and replaces an unused one. Undefined when there is an administrator. */
export function firstAdministratorLink(needs: Needs, origin: string): Promise<{ readonly url: string } | undefined> {
  return needs.db.transaction(async (tx) => {
    if ((await lockAdministrators(tx)).length > 0) return undefined
    await removeFirstLinks(tx)
    const token = await newToken(
      tx,
      needs,
      { mail: null, purpose: 'first-administrator', language: 'en' },
      firstLinkWorksFor,
    )
    return { url: linkOf(origin, token) }
  })
}

export type ConsoleWish = {
  readonly mail: string
  /** Gives the account the role, and makes it if there is none. */
  readonly makeAdministrator?: boolean
}

/**
 * A link for the command line, which works once within 30 minutes: the way in when mail does not work.
 * Refusals: account-unknown, account-waiting, account-closed; InvalidInput for what is no address.
 */
export function consoleLink(needs: Needs, origin: string, wish: ConsoleWish): Promise<string> {
  return needs.db.transaction(async (tx) => {
    const mail = firstMail(wish.mail)
    const makeAdministrator = wish.makeAdministrator ?? false
    const known = await lockAccount(tx, { mail })
    if (!known && !makeAdministrator) throw new Refusal('account-unknown')
    if (known?.state === 'closed') throw new Refusal('account-closed')
    if (known?.state === 'waiting' && !makeAdministrator) throw new Refusal('account-waiting')
    const account = known ?? (await keepAccount(tx, newcomer(needs, mail, 'en')))
    if (makeAdministrator) await changeAccount(tx, account.id, { role: 'administrator', state: 'active' })
    log.info(`a sign-in link for account ${account.id} was made on the command line`)
    return linkOf(
      origin,
      await newToken(tx, needs, { mail, purpose: 'console', language: account.language }, linkWorksFor),
    )
  })
}

/** Lets somebody in who waits; she is told by mail. Nothing when she does not wait (any more). */
export function approve(needs: Needs, who: Account, accountId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await asAdministrator(tx, who)
    const account = await lockAccount(tx, { id: accountId })
    if (account?.state !== 'waiting') return
    await changeAccount(tx, accountId, { state: 'active' })
    await enqueue(tx, 'accounts.tell-approved', { accountId }, { key: accountId })
    log.info(`account ${accountId} was approved by ${who.id}`)
  })
}

/** Deletes the account of somebody who waits. Nothing when she does not wait (any more). */
export function refuse(needs: Needs, who: Account, accountId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await asAdministrator(tx, who)
    const account = await lockAccount(tx, { id: accountId })
    if (account?.state !== 'waiting') return
    await removeAccount(tx, accountId)
    log.info(`account ${accountId} was refused by ${who.id}`)
  })
}

/**
 * Invites addresses, one a line, and mails each in the language given. Those with an account are left alone.
 * InvalidInput when one is no address, when there is none, or more than `mostInvitations`.
 */
export function invite(
  needs: Needs,
  who: Account,
  lines: string,
  language: Language,
): Promise<{ readonly invited: number; readonly known: number }> {
  const { addresses, wrong } = addressesIn(lines)
  if (wrong.length > 0)
    throw new InvalidInput([{ field: 'addresses', rule: 'format', detail: { list: wrong.slice(0, 5).join(', ') } }])
  if (addresses.length === 0) throw new InvalidInput([{ field: 'addresses', rule: 'required' }])
  if (addresses.length > mostInvitations)
    throw new InvalidInput([{ field: 'addresses', rule: 'maxItems', detail: { limit: mostInvitations } }])
  return needs.db.transaction(async (tx) => {
    await asAdministrator(tx, who)
    let known = 0
    for (const mail of addresses) {
      if (await accountByMail(tx, mail)) {
        known += 1
        continue
      }
      const id = needs.newId()
      await keepInvitation(tx, { id, mail, language, invitedBy: who.id }, needs.now())
      await enqueue(tx, 'accounts.send-invitation', { invitationId: id }, { key: id })
    }
    return { invited: addresses.length - known, known }
  })
}

/** Takes an invitation back that nobody has used. */
export function takeBackInvitation(needs: Needs, who: Account, invitationId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await asAdministrator(tx, who)
    await removeInvitation(tx, invitationId)
  })
}

/** Gives or takes the administrator's role of an active account. Refusals: last-administrator, account-unknown. */
export function changeRole(needs: Needs, who: Account, accountId: string, role: Account['role']): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const all = await asAdministrator(tx, who)
    const account = await lockAccount(tx, { id: accountId })
    if (account?.state !== 'active') throw new Refusal('account-unknown')
    if (role === 'member' && isLast(all, accountId)) throw new Refusal('last-administrator')
    await changeAccount(tx, accountId, { role })
    log.info(`account ${accountId} was made ${role} by ${who.id}`)
  })
}

/** Makes an active account a moderator, or takes that away. Refusal account-unknown. */
export function appointModerator(needs: Needs, who: Account, accountId: string, moderates: boolean): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await asAdministrator(tx, who)
    const account = await lockAccount(tx, { id: accountId })
    if (account?.state !== 'active') throw new Refusal('account-unknown')
    await changeAccount(tx, accountId, { moderates })
    log.info(`account ${accountId} was ${moderates ? 'made' : 'unmade'} moderator by ${who.id}`)
  })
}

/** Closes an account for good: it is signed out at once, and what it published is withdrawn. Refusals: last-administrator, account-unknown. */
export function closeAccount(needs: Needs, who: Account, accountId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const all = await asAdministrator(tx, who)
    const account = await lockAccount(tx, { id: accountId })
    if (!account || account.state === 'waiting') throw new Refusal('account-unknown')
    if (isLast(all, accountId)) throw new Refusal('last-administrator')
    await changeAccount(tx, accountId, { state: 'closed', role: 'member', moderates: false })
    await removePersonalTokens(tx, accountId)
    await enqueue(tx, 'listing.account-closed', { accountId }, { key: accountId })
    await enqueue(tx, 'chats.account-closed', { accountId }, { key: accountId })
    await enqueue(tx, 'learning.account-closed', { accountId }, { key: accountId })
    log.info(`account ${accountId} was closed by ${who.id}`)
  })
}

function isLast(administrators: readonly Account[], accountId: string): boolean {
  return administrators.length === 1 && administrators[0]?.id === accountId
}

/** Keeps the language that a person reads in, for her mails and her next visit. */
export function chooseLanguage(needs: Needs, who: Pick<Account, 'id'>, language: Language): Promise<void> {
  return needs.db.transaction((tx) => changeAccount(tx, who.id, { language }))
}

/** Forgets sign-in requests a day after they ended, and sessions and rate limits that have ended. */
export function forgetEnded(needs: Needs): Promise<void> {
  return needs.db.transaction(async (tx) => {
    await forgetRequests(tx, later(needs.now(), -endedLinkKeptFor))
    await forgetSessionsAndLimits(tx)
  })
}
