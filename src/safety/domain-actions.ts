import type { Account } from '../accounts/account.ts'
import { administrators, moderators } from '../accounts/views.ts'
import type { Needs } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import type { Tx } from '../database/database.ts'
import { enqueue } from '../jobs/queue.ts'
import { mostBlockLists, type BlockListTrouble, type Listed } from './block-list.ts'
import { forgetRemembered } from './block-views.ts'
import type { Decision } from './decision.ts'
import { logDecision } from './decision-store.ts'
import { domainTyped, isAddress, isWide, isWithin } from './domain.ts'
import { addBlockList, keepChecked, keepListed, lockBlockList, removeBlockList } from './domain-store.ts'
import { blockLists, partnersUnder } from './domain-views.ts'
import { reasonOf } from './report.ts'
import { closeReport } from './report-store.ts'
import { reportFor } from './report-views.ts'
import { keepDomainBlock, removeDomainBlock } from './store.ts'

type Who = Pick<Account, 'id'>
type OwnNeeds = Needs & { readonly config: { readonly origin: string } }

/** The domain that was typed, or InvalidInput: none, an address in numbers, or our own. */
export function domainToRefuse(typed: string, origin: string): string {
  const fault = (rule: string): InvalidInput => new InvalidInput([{ field: 'domain', rule }])
  if (typed.trim() === '') throw fault('required')
  const domain = domainTyped(typed)
  if (domain === undefined)
    throw fault(isAddress(URL.parse(`https://${typed.trim()}`)?.hostname ?? '') ? 'address' : 'format')
  if (isWithin(new URL(origin).host, domain)) throw fault('self')
  return domain
}

/**
 * Refuses a domain with everything below it, from now on: nothing comes from there, goes there, or is shown of it. `partners` are the
 * hosts of the partner nodes there that the page named: they end. Refusal domain-too-wide for a name such as gov.uk that would end
 * one, domain-partners-changed when there are others by now, not-allowed.
 */
export async function refuseDomain(
  needs: OwnNeeds,
  who: Who,
  wish: {
    readonly domain: string
    readonly reason: string
    readonly partners: readonly string[]
    readonly reportId?: string | undefined
  },
): Promise<void> {
  const domain = domainToRefuse(wish.domain, needs.config.origin)
  const reason = reasonOf(wish.reason)
  await needs.db.transaction(async (tx) => {
    await asKeeper(tx, who)
    const partners = (await partnersUnder(tx, [domain])).map(({ host }) => host)
    if (partners.length > 0 && isWide(domain)) throw new Refusal('domain-too-wide', { domain })
    if (partners.join(' ') !== wish.partners.join(' ')) throw new Refusal('domain-partners-changed', { domain })
    const report = wish.reportId === undefined ? undefined : await reportFor(tx, who.id, wish.reportId)
    await keepDomainBlock(tx, { domain, reason, by: who.id }, needs.now())
    await log(tx, needs, who, { kind: 'refuse-domain', reason, target: domain, reportId: report?.id ?? null })
    if (report) await closeReport(tx, report.id, needs.now())
    await whatFollows(tx)
  })
  forgetRemembered(needs.db)
}

/** Refuses a domain no more. Nothing comes back by itself. Refusal not-found when it was not refused here. */
export async function allowDomain(needs: Needs, who: Who, domain: string, reason: string): Promise<void> {
  const because = reasonOf(reason)
  await needs.db.transaction(async (tx) => {
    await asKeeper(tx, who)
    if (!(await removeDomainBlock(tx, domain))) throw new Refusal('not-found')
    await log(tx, needs, who, { kind: 'allow-domain', reason: because, target: domain })
  })
  forgetRemembered(needs.db)
}

/** Subscribes to a list whose content an administrator or moderator has just seen. Its id. InvalidInput when there are 20, or it is there. */
export async function joinBlockList(
  needs: Needs,
  who: Who,
  list: {
    readonly url: string
    readonly etag: string | null
    readonly listed: readonly Listed[]
    readonly reason: string
  },
): Promise<number> {
  const reason = reasonOf(list.reason)
  const now = needs.now()
  const id = await needs.db.transaction(async (tx) => {
    await asKeeper(tx, who)
    if ((await blockLists(tx)).length >= mostBlockLists)
      throw new InvalidInput([{ field: 'blockList', rule: 'tooMany', detail: { most: mostBlockLists } }])
    const added = await addBlockList(tx, list.url, who.id, now)
    if (added === undefined) throw new InvalidInput([{ field: 'blockList', rule: 'known' }])
    await keepListed(tx, added, list.listed)
    await keepChecked(tx, added, { trouble: null, etag: list.etag, isChanged: true }, now)
    await log(tx, needs, who, { kind: 'list-joined', reason, target: list.url })
    await whatFollows(tx)
    return added
  })
  forgetRemembered(needs.db)
  return id
}

/** What a look at a list brought: its newest domains, nothing new, or why it could not be read; then what it named before stays. */
export async function keepBlockList(
  needs: Needs,
  id: number,
  found:
    | { readonly listed: readonly Listed[]; readonly etag: string | null }
    | { readonly trouble: BlockListTrouble | null },
): Promise<void> {
  const now = needs.now()
  await needs.db.transaction(async (tx) => {
    if (!(await lockBlockList(tx, id))) return
    if ('trouble' in found) return keepChecked(tx, id, { trouble: found.trouble, isChanged: false }, now)
    const isChanged = (await keepListed(tx, id, found.listed)) > 0
    await keepChecked(tx, id, { trouble: null, etag: found.etag, isChanged }, now)
    if (isChanged) await whatFollows(tx)
  })
  forgetRemembered(needs.db)
}

/** Ends the subscription to a list: what only it named is refused no more. Refusal not-found. */
export async function leaveBlockList(needs: Needs, who: Who, id: number, reason: string): Promise<void> {
  const because = reasonOf(reason)
  await needs.db.transaction(async (tx) => {
    await asKeeper(tx, who)
    const list = await lockBlockList(tx, id)
    if (!list) throw new Refusal('not-found')
    await removeBlockList(tx, id)
    await log(tx, needs, who, { kind: 'list-left', reason: because, target: list.url })
  })
  forgetRemembered(needs.db)
}

// Which servers are refused is for administrators as much as for moderators.
async function asKeeper(tx: Tx, who: Who): Promise<void> {
  const all = [...(await moderators(tx)), ...(await administrators(tx))]
  if (!all.some(({ id }) => id === who.id)) throw new Refusal('not-allowed')
}

// The predicate holds from this moment; these end what is there already.
async function whatFollows(tx: Tx): Promise<void> {
  await enqueue(tx, 'federation.hosts-refused', {}, { key: 'all' })
  await enqueue(tx, 'partners.leave-refused', {}, { key: 'all' })
}

function log(
  tx: Tx,
  needs: Needs,
  who: Who,
  line: Pick<Decision, 'kind' | 'reason' | 'target'> & { readonly reportId?: string | null },
): Promise<void> {
  const { reportId = null, ...said } = line
  return logDecision(tx, {
    id: needs.newId(),
    at: needs.now(),
    byAccount: who.id,
    aboutAccount: null,
    answers: null,
    reportId,
    ...said,
  })
}
