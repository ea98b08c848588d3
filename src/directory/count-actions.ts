import type { Needs } from '../app.ts'
import { dropForeignChanges, pruneChanges } from './count-store.ts'

const changesKept = 2000 // statements; one of 500 listings is 4 kB

/** Keeps the log of what changed in the directory short, and ours. */
export async function pruneDirectoryChanges(needs: Pick<Needs, 'db'>): Promise<void> {
  await needs.db.transaction(async (tx) => {
    await dropForeignChanges(tx)
    await pruneChanges(tx, changesKept)
  })
}
