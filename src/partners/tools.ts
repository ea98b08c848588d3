import type { App } from '../app.ts'
import type { PartnerCard } from './partner.ts'

/** What the pages and the command line need from federation, which stands above this area: node.ts hands it over. */
export type PartnerTools = {
  /** Finds the directory at a host. Refusals: partner-is-self, partner-unreachable, partner-not-sideways. */
  readonly lookUp: (app: App, host: string) => Promise<PartnerCard>
  /** The Ed25519 Multikey of our own directory: what others compare. */
  readonly ownKey: (app: App) => Promise<string>
}
