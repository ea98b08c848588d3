import { readFileSync } from 'node:fs'
import { fingerprint, publicKeyFromMultikey } from '../../../src/common/multibase.ts'
import { bucketHashes, bucketOf, canonicalForm, contentHash, rootOf } from '../../../src/partners/set.ts'
import { verifyStatement, type Statement } from '../../../src/partners/statement.ts'
import { expectThat, type Run } from './run.ts'

type Vectors = {
  readonly listings: readonly {
    readonly document: { readonly id: string }
    readonly canonicalForm: string
    readonly contentHash: string
    readonly bucket: string
  }[]
  readonly emptyBucket: string
  readonly buckets: Readonly<Record<string, string>>
  readonly roots: { readonly ofNone: string; readonly ofTheFirst: string; readonly ofAll: string }
  readonly key: { readonly publicKeyMultibase: string; readonly fingerprint: string }
  readonly statement: Statement
  readonly statementWithoutContext: Statement
}

/** The rules with which the kit judges others. */
export const kitRules = {
  canonicalForm,
  contentHash,
  bucketOf,
  bucketHashes,
  rootOf,
  fingerprint,
  publicKeyFromMultikey,
  verifyStatement,
} as const

export type Rules = typeof kitRules

/** Holds the kit's own rules to the published vectors: a kit that counts wrongly would blame everybody else. */
export async function checkVectors(run: Run, rules: Rules = kitRules): Promise<void> {
  // Our own published file, whose form is the type above.
  const vectors = JSON.parse(
    readFileSync(new URL('../../vectors/directory-1.json', import.meta.url), 'utf8'),
  ) as Vectors
  const { listings, roots, key } = vectors
  const entries = listings.map(({ document, contentHash: hash }) => ({ id: document.id, contentHash: hash }))
  const same = (saw: string, expected: string, what: string): void =>
    expectThat(saw === expected, `${saw} as ${what}`, expected)

  await run.check('vectors.canonical-form', () => {
    for (const one of listings) same(rules.canonicalForm(one.document), one.canonicalForm, `form of ${one.document.id}`)
  })
  await run.check('vectors.content-hash', () => {
    for (const one of listings) same(rules.contentHash(one.document), one.contentHash, `hash of ${one.document.id}`)
  })
  await run.check('vectors.buckets', () => {
    for (const { document, bucket } of listings)
      same(rules.bucketOf(document.id).toString(16).padStart(2, '0'), bucket, `bucket of ${document.id}`)
    for (const [bucket, hash] of rules.bucketHashes(entries).entries()) {
      const name = bucket.toString(16).padStart(2, '0')
      same(hash, vectors.buckets[name] ?? vectors.emptyBucket, `hash of bucket ${name}`)
    }
  })
  await run.check('vectors.roots', () => {
    same(rules.rootOf([]), roots.ofNone, 'root of no listing')
    same(rules.rootOf(entries.slice(0, 1)), roots.ofTheFirst, 'root of the first')
    same(rules.rootOf(entries), roots.ofAll, 'root of all')
  })
  await run.check('vectors.key', () => {
    expectThat(rules.publicKeyFromMultikey(key.publicKeyMultibase) !== undefined, 'no key', 'the published key')
    same(rules.fingerprint(key.publicKeyMultibase), key.fingerprint, 'fingerprint')
  })
  await run.check('vectors.proof', () => {
    for (const statement of [vectors.statement, vectors.statementWithoutContext]) {
      const { publicKeyMultibase } = key
      expectThat(rules.verifyStatement(statement, publicKeyMultibase), 'a published statement refused', 'it believed')
      const changed = { ...statement, totalItems: statement.totalItems + 1 }
      expectThat(!rules.verifyStatement(changed, publicKeyMultibase), 'a changed statement believed', 'it refused')
    }
  })
}
