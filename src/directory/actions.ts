import type { Needs } from '../app.ts'
import { dropForeignChanges } from './count-store.ts'
import { ensureFacets, ensureOwnOrigin, learnSomeWords, mendRefusals, mendWords } from './steps.ts'

/** Prepares the directory of the node at `host`; called at every start, before anything is read or written. */
export async function prepareDirectory(needs: Pick<Needs, 'db'>, host: string): Promise<void> {
  await needs.db.transaction(async (tx) => {
    await ensureOwnOrigin(tx, host)
    await ensureFacets(tx)
    await dropForeignChanges(tx)
  })
}

const mostTurns = 10

/**
 * Lets the dictionary learn words of listings that came many at once, for a few seconds at most: searches and whatever still comes go
 * first. Returns whether there are more.
 */
export async function learnWords(needs: Pick<Needs, 'db'>): Promise<boolean> {
  for (let turn = 0; turn < mostTurns; turn += 1) if (!(await needs.db.transaction(learnSomeWords))) return false
  return true
}

/** Puts the dictionary of typing errors right. */
export async function mendDictionary(needs: Pick<Needs, 'db'>): Promise<void> {
  await needs.db.transaction(mendWords)
}

/** Works out anew which origins are refused. */
export async function mendRefusedOrigins(needs: Pick<Needs, 'db'>): Promise<void> {
  await needs.db.transaction(mendRefusals)
}
