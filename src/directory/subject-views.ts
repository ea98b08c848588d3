import type { Account } from '../accounts/account.ts'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import type { Found } from '../safety/tools.ts'
import { entryByKey } from './views.ts'
import { viewerOf } from './viewer-views.ts'

/** Whom a page of the directory is about, for somebody who wants to report or block her; undefined when she does not see her. */
export async function subjectOf(app: App, account: Account, key: string): Promise<Found | undefined> {
  const card = await entryByKey(app.db, app.now(), await viewerOf(app.db, account), key)
  if (!card) return undefined
  const { document, accountId } = card
  return {
    actor: document.featuredObject,
    host: new URL(document.featuredObject).host,
    name: document.name,
    listingId: document.id,
    accountId,
    page: paths.entry(key),
  }
}
