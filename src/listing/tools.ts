import type { App } from '../app.ts'

/** What the listing's pages need from requests and chats, which stand above this area: node.ts hands it over. */
export type ListingTools = {
  /** How many of somebody's requests she has not opened. */
  readonly waitingRequests: (app: App, accountId: string) => Promise<number>
  /** How many of her chats wait for her. */
  readonly waitingChats: (app: App, accountId: string) => Promise<number>
  /** Whether somebody outside may write to a public person. */
  readonly takesMessages: (app: App, personId: string) => Promise<boolean>
  /** Whether she holds office hours. */
  readonly holdsOfficeHours: (app: App, personId: string) => Promise<boolean>
}
