import type { App } from '../app.ts'
import type { Card } from './card.ts'

/** What the directory's pages need from areas above this one: node.ts hands it over. */
export type DirectoryTools = {
  /** Whether somebody holds office hours; of somebody elsewhere only her own node knows. */
  readonly officeHours: (app: App, card: Card) => Promise<'yes' | 'no' | 'perhaps'>
}
