import type { Db } from '../database/database.ts'
import { readChanges, readEverything, snapshotOf, type Snapshot } from './count-rows-views.ts'
import { emptyTable, isWorn, type CountTable } from './count-table.ts'

// One table for each database that this process counts in. It is read when somebody first asks for counts, and brought up to date
// whenever somebody asks again: what changed since is in the log, and mostly that is nothing.

type Kept = { readonly table: CountTable; since: Snapshot }

/** The table of one database. */
export type Keeper = {
  /** A table with everything in it that was committed when this was called. Rejects with what the database said. */
  current(): Promise<CountTable>
  /** Whether there is a table, if perhaps not the newest. */
  isReady(): boolean
}

/** Begins with no table. */
export function tableOf(db: Db): Keeper {
  let kept: Kept | undefined
  let loading: Promise<Kept> | undefined
  let running: Promise<CountTable> | undefined
  let waiting: Promise<CountTable> | undefined

  const load = (): Promise<Kept> => {
    loading ??= readAnew(db)
      .then((fresh) => (kept = fresh))
      .finally(() => (loading = undefined))
    return loading
  }
  const update = async (): Promise<CountTable> => {
    for (let isAgain = false; ; isAgain = true) {
      const mine = kept ?? (await load())
      const since = await readChanges(db, mine.table, mine.since)
      if (since === undefined) {
        if (kept === mine) kept = undefined
        // What was read only now has all that was committed before; reading it once more would say no more.
        if (isAgain) return mine.table
        continue
      }
      mine.since = since
      if (isWorn(mine.table)) load().catch(() => undefined) // the next who asks tries again
      return mine.table
    }
  }
  const start = (): Promise<CountTable> => {
    const begun = update().finally(() => {
      if (running === begun) running = undefined
    })
    running = begun
    return begun
  }
  return {
    isReady: () => kept !== undefined,
    current() {
      if (!running) return start()
      // What is running may have read the log before the change that this caller knows of. All who wait share the next.
      waiting ??= running
        .catch(() => undefined)
        .then(() => {
          waiting = undefined
          return running ?? start()
        })
      return waiting
    },
  }
}

// The snapshot comes first: what changes while the rest is read is read once more.
async function readAnew(db: Db): Promise<Kept> {
  const since = await snapshotOf(db)
  const table = emptyTable()
  await readEverything(db, table)
  return { table, since }
}
