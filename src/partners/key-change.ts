import { publicKeyFromMultikey } from '../common/multibase.ts'
import type { KeyChanges } from '../common/schema-types.ts'
import { hasValidProof } from './statement.ts'

/** One change of a directory's key, as key-changes.json has it. */
export type KeyChange = KeyChanges['orderedItems'][number]

/** So many changes are served, and followed, at most. */
export const mostKeyChanges = 100

/**
 * Do these changes, in their order, lead from one key of a directory to another? From the change of `from` on there may be no gap: each
 * is signed by the key that it ends, numbers rise, no key comes twice, and the last one ends at `to`. Earlier changes do not count.
 */
export function leadsTo(
  changes: readonly KeyChange[],
  { directoryId, from, to }: { readonly directoryId: string; readonly from: string; readonly to: string },
): boolean {
  const begin = changes.findIndex(({ formerKey }) => formerKey === from)
  if (begin === -1 || changes.length > mostKeyChanges) return false
  const seen = new Set([from])
  let key = from
  let number = 0
  for (const change of changes.slice(begin)) {
    if (change.formerKey !== key || change.number <= number || seen.has(change.newKey)) return false
    if (!isSignedChange(change, directoryId)) return false
    key = change.newKey
    number = change.number
    seen.add(key)
  }
  return key === to
}

/** Is this change said by that directory, about a real key, and signed by the key that it ends? */
function isSignedChange(change: KeyChange, directoryId: string): boolean {
  return (
    change.attributedTo === directoryId &&
    change.proof.verificationMethod.startsWith(`${directoryId}#`) &&
    publicKeyFromMultikey(change.newKey) !== undefined &&
    hasValidProof(change, change.formerKey)
  )
}
