import type { Account } from '../accounts/account.ts'
import type { App } from '../app.ts'
import type { BlockListTrouble, Listed } from './block-list.ts'
import type { Attached, Subject } from './report.ts'

/** A list as it was fetched and read; 'unchanged' since the tag that was given; or why it could not be read. */
export type FetchedBlockList =
  | { readonly listed: readonly Listed[]; readonly etag: string | null }
  | { readonly trouble: BlockListTrouble }
  | 'unchanged'

/** What the pages about lists need from federation, which stands above this area: node.ts hands it over. */
export type BlockListTools = {
  readonly fetchList: (app: App, url: string) => Promise<FetchedBlockList>
  /** Brings a list that we subscribe to up to date. */
  readonly refreshList: (app: App, id: number) => Promise<void>
}

/** Somebody in the directory whom the reader sees, and may report or block. */
export type Found = Subject & {
  readonly name: string
  readonly listingId: string
  /** What she wrote to the reader, which the moderators see only if the reader shows it to them. */
  readonly wrote?: Attached
  /** Where the reader goes back to. */
  readonly page: string
}

/** Whom the pages for reporting and blocking are about, by the key of her page in the directory: node.ts hands it over. */
export type SubjectTools = {
  readonly find: (app: App, account: Account, key: string) => Promise<Found | undefined>
}
