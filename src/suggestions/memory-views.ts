import { rows, type Reader } from '../database/database.ts'
import { pairKey } from './pair.ts'

/** Whom a person does not want suggested now. Nobody can be read out of it: it only answers for a person that is at hand. */
export type Memory = {
  has(personId: string): boolean
  /** How many she set aside herself. */
  readonly setAside: number
}

/** What is remembered of a person's pairs at `now`. */
export async function memoryOf(reader: Reader, hashingKey: string, accountId: string, now: Date): Promise<Memory> {
  const found = await rows<{ pair: string; kind: string }>(
    reader,
    `select encode(pair, 'hex') as pair, kind from pair_memory where account_id = $1 and (until is null or until > $2)`,
    [accountId, now],
  )
  const pairs = new Set(found.map(({ pair }) => pair))
  return {
    has: (personId) => pairs.has(pairKey(hashingKey, accountId, personId)),
    setAside: found.filter(({ kind }) => kind === 'set-aside').length,
  }
}
