import { readFileSync } from 'node:fs'
import packaged from 'canonicalize'
import * as fc from 'fast-check'
import {
  bucketHash,
  bucketHashes,
  bucketOf,
  canonicalForm,
  contentHash,
  rootOf,
  rootOfBuckets,
} from '../../src/partners/set.ts'
import type { Entry } from '../../src/partners/set.ts'

// CommonJS with the types of an ES module: what it exports is the function itself.
const canonicalize = packaged as unknown as (value: unknown) => string | undefined

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
}

// Our own file, whose form is the type above.
const vectors = JSON.parse(readFileSync(new URL('../vectors/directory-1.json', import.meta.url), 'utf8')) as Vectors
const published = vectors.listings.map(({ document, contentHash }) => ({ id: document.id, contentHash }))

const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const anyId = fc.uuid().map((name) => `https://north.example/ap/directory/listings/${name}`)
const anyEntry = fc.record({ id: anyId, contentHash: anyHash })
const anySet = fc.uniqueArray(anyEntry, { selector: (entry) => entry.id, maxLength: 40 })
const anySetWithOne = fc.uniqueArray(anyEntry, { selector: (entry) => entry.id, minLength: 1, maxLength: 40 })

describe('the published vectors', () => {
  test.each(vectors.listings)('listing $document.id has its published form, hash and bucket', (vector) => {
    expect(canonicalForm(vector.document)).toBe(vector.canonicalForm)
    expect(contentHash(vector.document)).toBe(vector.contentHash)
    expect(bucketOf(vector.document.id)).toBe(Number.parseInt(vector.bucket, 16))
  })

  test('every bucket has its published hash, and the others that of nothing', () => {
    const hashes = bucketHashes(published)
    expect(hashes).toHaveLength(256)
    for (const [bucket, hash] of hashes.entries()) {
      expect(hash).toBe(vectors.buckets[bucket.toString(16).padStart(2, '0')] ?? vectors.emptyBucket)
    }
  })

  test('the root of no listing, of one and of all is the published one', () => {
    expect(rootOf([])).toBe(vectors.roots.ofNone)
    expect(rootOf(published.slice(0, 1))).toBe(vectors.roots.ofTheFirst)
    expect(rootOf(published)).toBe(vectors.roots.ofAll)
  })
})

describe('the canonical form', () => {
  test('is what the canonicalize package writes, for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalForm(value)).toBe(canonicalize(value))
      }),
    )
    for (const odd of [
      '{"10":1,"9":2,"a":{"2":[],"1":{}}}',
      '{"__proto__":{"b":1,"a":2},"a":[{"z":1,"y":[null,true,-0]}]}',
    ])
      expect(canonicalForm(JSON.parse(odd))).toBe(canonicalize(JSON.parse(odd)))
  })

  // RFC 8785, appendix B.
  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('of the double %s is the one in RFC 8785', (bits, written) => {
    expect(canonicalForm(Buffer.from(bits, 'hex').readDoubleBE())).toBe(written)
  })

  test('of the example in RFC 8785, section 3.2, is the published one', () => {
    const example = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`) as unknown
    expect(canonicalForm(example)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    )
  })

  test('puts keys in the order of their UTF-16 units, as in RFC 8785, section 3.2.3', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
    const form = canonicalForm(Object.fromEntries(keys.map((key) => [key, 0])))
    const written = Object.keys(JSON.parse(form.replace('"1"', '"one"')) as object)
    expect(written).toEqual(['\r', 'one', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'])
  })

  test('keeps a term called __proto__', () => {
    expect(canonicalForm(JSON.parse('{"b":1,"__proto__":{"a":2}}'))).toBe('{"__proto__":{"a":2},"b":1}')
  })

  test('does not exist for what is not JSON', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown
    for (const wrong of ['\ud800', { '\udc00': 1 }, [Number.NaN], [Infinity], undefined, deep]) {
      expect(() => canonicalForm(wrong)).toThrow(RangeError)
    }
  })

  test('of any JSON is JSON that says the same, whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4 })), (document) => {
        const backwards = Object.fromEntries(Object.entries(document).toReversed())
        const form = canonicalForm(document)
        expect(canonicalForm(backwards)).toBe(form)
        expect(canonicalForm(JSON.parse(form))).toBe(form)
        expect(JSON.parse(form)).toEqual(JSON.parse(JSON.stringify(document)))
      }),
    )
  })
})

describe('the root', () => {
  test('does not depend on the order in which listings arrived', () => {
    const setTwice = anySet.chain((set) =>
      fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length })),
    )
    fc.assert(fc.property(setTwice, ([set, shuffled]) => expect(rootOf(shuffled)).toBe(rootOf(set))))
  })

  test('changes when any one listing changes', () => {
    fc.assert(
      fc.property(anySetWithOne, fc.nat(), anyHash, (set, n, otherHash) => {
        const at = n % set.length
        fc.pre(set[at]?.contentHash !== otherHash)
        expect(rootOf(set.map((entry, i) => (i === at ? { ...entry, contentHash: otherHash } : entry)))).not.toBe(
          rootOf(set),
        )
      }),
    )
  })

  test('changes when any one listing is withdrawn or renamed', () => {
    fc.assert(
      fc.property(anySetWithOne, fc.nat(), anyId, (set, n, otherId) => {
        const at = n % set.length
        fc.pre(set.every((entry) => entry.id !== otherId))
        expect(rootOf(set.filter((_, i) => i !== at))).not.toBe(rootOf(set))
        expect(rootOf(set.map((entry, i) => (i === at ? { ...entry, id: otherId } : entry)))).not.toBe(rootOf(set))
      }),
    )
  })

  test('changes when two listings swap their content', () => {
    const [one, other] = published as [Entry, Entry]
    const swapped = [
      { id: one.id, contentHash: other.contentHash },
      { id: other.id, contentHash: one.contentHash },
    ]
    expect(rootOf(swapped)).not.toBe(rootOf([one, other]))
  })

  test('shows which buckets differ', () => {
    fc.assert(
      fc.property(anySet, anyEntry, (set, added) => {
        fc.pre(set.every((entry) => entry.id !== added.id))
        const before = bucketHashes(set)
        const differing = bucketHashes([...set, added]).flatMap((hash, bucket) =>
          hash === before[bucket] ? [] : bucket,
        )
        expect(differing).toEqual([bucketOf(added.id)])
      }),
    )
  })

  test('can be had from the 256 bucket hashes of a partner, and from nothing else', () => {
    const hashes = bucketHashes(published)
    expect(rootOfBuckets(hashes)).toBe(rootOf(published))
    expect(() => rootOfBuckets(hashes.slice(1))).toThrow(RangeError)
    expect(() => rootOfBuckets([...hashes.slice(1), 'E3'.repeat(32)])).toThrow(RangeError)
  })
})

test('a bucket is in the order of the bytes of its ids, where UTF-16 would order otherwise', () => {
  const [first, second] = ['https://a.example/\uff5e', 'https://a.example/\u{1f600}']
  const hash = '0'.repeat(64)
  const inBytes = [
    { id: first ?? '', contentHash: hash },
    { id: second ?? '', contentHash: hash },
  ]
  expect(bucketHash(inBytes.toReversed())).toBe(bucketHash(inBytes))
  // sha256 of "https://a.example/～ 00…\nhttps://a.example/😀 00…\n", by Python hashlib.
  expect(bucketHash(inBytes)).toBe('e739e959e8a8a219797fc7d4afa1562346be3e81b6f756d2b13761b09d9c84e0')
})
