import type { App } from '../app.ts'
import { accountById } from '../accounts/views.ts'
import { readableBy } from '../chats/ask-views.ts'
import { areApart } from '../chats/pair-views.ts'
import { addresses } from '../common/addresses.ts'
import type { Db, Tx } from '../database/database.ts'
import type { Card } from '../directory/card.ts'
import { viewerOf } from '../directory/viewer-views.ts'
import { entryByKey } from '../directory/views.ts'
import { listingOf } from '../listing/views.ts'
import { askingProblem } from './views.ts'

/** Why somebody may not be asked to introduce her. */
export type NotIntroduced =
  | 'not-listed'
  | 'not-here'
  | 'yourself'
  | 'same-person'
  | 'cannot-reach'
  | 'too-many-today'
  | 'already-open'

/** Whether she may ask one person of her directory to introduce her to another, and as whom. */
export type MayAskFor =
  | { readonly may: true; readonly personId: string; readonly introducer: Card; readonly target: Card }
  | { readonly may: false; readonly because: NotIntroduced }

/** Looks at all that this node knows of the three. The others' own nodes look again. */
export async function mayAskFor(
  app: Pick<App, 'config'> & { readonly db: Db | Tx },
  accountId: string,
  { introducer: introducerKey, target: targetKey }: { readonly introducer: string; readonly target: string },
  now: Date,
): Promise<MayAskFor> {
  const { db } = app
  const account = await accountById(db, accountId)
  const listing = await listingOf(db, accountId)
  if (account?.state !== 'active' || !listing) return no('not-listed')
  const viewer = await viewerOf(db, account)
  const target = await entryByKey(db, now, viewer, targetKey)
  const introducer = await entryByKey(db, now, viewer, introducerKey)
  if (!target || !introducer) return no('not-here')
  if (target.isMine || introducer.isMine) return no('yourself')
  if (target.key === introducer.key) return no('same-person')
  const at = addresses(app.config.origin)
  const own = { actor: at.person(listing.personId), host: at.host }
  for (const card of [introducer, target]) {
    const peer = { actor: card.document.featuredObject, host: card.host, accountId: card.accountId ?? null }
    if (await areApart(db, accountId, peer, own)) return no('not-here')
    if (!(await readableBy(db, listing, card))) return no('cannot-reach')
  }
  const actors = { introducer: introducer.document.featuredObject, target: target.document.featuredObject }
  const problem = await askingProblem(db, now, accountId, actors)
  return problem === undefined ? { may: true, personId: listing.personId, introducer, target } : no(problem)
}

function no(because: NotIntroduced): MayAskFor {
  return { may: false, because }
}
