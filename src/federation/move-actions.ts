import type { Needs } from '../app.ts'
import { changeSetting, dropSetting, movedToSetting } from '../database/settings.ts'
import { prepare, type Prepared } from './steps.ts'

/** Keeps that this node moved to another origin, and tells partner nodes; undefined takes it back. */
export function keepOwnMove(needs: Needs, to: string | undefined, news: Prepared): Promise<void> {
  return needs.db.transaction(async (tx) => {
    if (to === undefined) await dropSetting(tx, movedToSetting)
    else await changeSetting(tx, movedToSetting, to)
    await prepare(tx, needs, news)
  })
}
