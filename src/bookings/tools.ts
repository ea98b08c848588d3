import type { App } from '../app.ts'

/** A time of office hours at a partner node, as that node tells it. */
export type TimeElsewhere = {
  /** The IRI that a booking names. */
  readonly event: string
  readonly from: Date
  readonly until: Date
  readonly isFull: boolean
}

/** What the pages of bookings need from federation, which stands above this area: node.ts hands it over. */
export type BookingTools = {
  /** The times that somebody of a partner node offers now, soonest first; undefined when her node does not say. */
  readonly timesElsewhere: (app: App, actor: string) => Promise<readonly TimeElsewhere[] | undefined>
}
