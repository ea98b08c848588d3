import type { Needs } from '../app.ts'
import { dropForeignChanges } from './count-store.ts'
import { ensureFacets, ensureOwnOrigin, mendRefusals, mendWords } from './steps.ts'

/** Prepares the directory of the node at `host`; called at every start, before anything is read or written. */
export async function prepareDirectory(needs: Pick<Needs, 'db'>, host: string): Promise<void> {
  await needs.db.transaction(async (tx) => {
    await ensureOwnOrigin(tx, host)
    await ensureFacets(tx)
    await dropForeignChanges(tx)
  })
}

/** Puts the dictionary of typing errors right. */
export async function mendDictionary(needs: Pick<Needs, 'db'>): Promise<void> {
  await needs.db.transaction(mendWords)
}

/** Works out anew which origins are refused. */
export async function mendRefusedOrigins(needs: Pick<Needs, 'db'>): Promise<void> {
  await needs.db.transaction(mendRefusals)
}
