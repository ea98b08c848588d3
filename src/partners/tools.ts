import type { App } from '../app.ts'
import type { CleanAllowList, ListTrouble } from './allow-list.ts'
import type { PartnerCard } from './partner.ts'

/** What the pages and the command line need from federation, which stands above this area: node.ts hands it over. */
export type PartnerTools = {
  /** Finds the directory at a host. Refusals: partner-is-self, partner-unreachable, partner-not-sideways, host-not-allowed. */
  readonly lookUp: (app: App, host: string) => Promise<PartnerCard>
  /** The Ed25519 Multikey of our own directory: what others compare. */
  readonly ownKey: (app: App) => Promise<string>
}

/** A list as it was fetched and judged, or why it is not believed. */
export type FetchedList = { readonly list: CleanAllowList } | { readonly trouble: ListTrouble }

/** The same for lists that stewards sign (FEDERATION.md 3.2). */
export type AllowListTools = {
  /** Reads the list at an address. It has no key to compare with: an administrator does that. */
  readonly fetchList: (app: App, url: string) => Promise<FetchedList>
  /** Brings a list that we subscribe to up to date, by the key that is pinned. Returns what is wrong with it. */
  readonly refreshList: (app: App, id: number) => Promise<ListTrouble | undefined>
}
