import type { KeyObject } from 'node:crypto'
import type { Addresses } from '../common/addresses.ts'
import { rfc3339 } from '../common/clock.ts'
import type { KeyChange } from '../partners/key-change.ts'
import { proofOf } from '../partners/statement.ts'
import { activityStreams, proofTerms } from './context.ts'
import type { JsonDocument } from './documents.ts'
import { verificationMethodOf } from './key-row.ts'

const keyChangesContext = [
  activityStreams,
  {
    swd: 'https://w3id.org/sideways/ns#',
    DirectoryKeyChange: 'swd:DirectoryKeyChange',
    number: 'swd:number',
    formerKey: 'swd:formerKey',
    newKey: 'swd:newKey',
    changed: { '@id': 'swd:changed', '@type': 'http://www.w3.org/2001/XMLSchema#dateTime' },
    ...proofTerms,
  },
] as const

/** One change of our directory's key, signed by the key that it ends (FEDERATION.md 3.1). `number` is the new key's. */
export function keyChangeDocument(
  at: Addresses,
  change: {
    readonly number: number
    readonly formerNumber: number
    readonly formerKey: string
    readonly newKey: string
    readonly changedAt: Date
  },
  formerPrivateKey: KeyObject,
): JsonDocument {
  const unsigned = {
    id: `${at.directoryKeys}#${change.number}`,
    type: 'DirectoryKeyChange',
    attributedTo: at.directory,
    number: change.number,
    formerKey: change.formerKey,
    newKey: change.newKey,
    changed: rfc3339(change.changedAt),
  } as const
  const method = verificationMethodOf(at.directory, change.formerNumber)
  return { ...unsigned, proof: proofOf(unsigned, formerPrivateKey, method, change.changedAt) }
}

/** The changes of our directory's key, oldest first, for everybody. */
export function keyChangesDocument(at: Addresses, changes: readonly KeyChange[]): JsonDocument {
  return {
    '@context': keyChangesContext,
    id: at.directoryKeys,
    type: 'OrderedCollection',
    attributedTo: at.directory,
    totalItems: changes.length,
    orderedItems: changes,
  }
}
