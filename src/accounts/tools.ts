import type { App } from '../app.ts'

/** What the pages about people need from listing, which stands above this area: node.ts hands it over. */
export type AccountTools = {
  /** Withdraws whatever a closed account published. Does nothing for one that is open. */
  readonly withdrawClosed: (app: App, accountId: string) => Promise<void>
}
