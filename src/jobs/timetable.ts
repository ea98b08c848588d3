import type { App } from '../app.ts'

/** Work that is due by the clock rather than by a change: idempotent, bounded, and run by one worker at a time. */
export type TimetableEntry = {
  /** `area.what-it-does`, unique. */
  readonly name: string
  /** Five cron fields, UTC. */
  readonly cron: string
  readonly run: (app: App) => Promise<void>
}
