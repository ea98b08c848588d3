import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { addresses } from '../../src/common/addresses.ts'
import { multikey } from '../../src/common/multibase.ts'
import { parse } from '../../src/common/parse.ts'
import { keyChangeDocument, keyChangesDocument } from '../../src/federation/key-change-document.ts'
import { leadsTo, mostKeyChanges, type KeyChange } from '../../src/partners/key-change.ts'

// Our own file: the change of section 3.1 of FEDERATION.md.
const { keyChange: published } = JSON.parse(
  readFileSync(new URL('../vectors/directory-1.json', import.meta.url), 'utf8'),
) as { readonly keyChange: KeyChange }

const at = addresses('https://north.example')
const directoryId = at.directory
const pairs = Array.from({ length: 7 }, () => generateKeyPairSync('ed25519').privateKey)
const keyOf = (index: number): string => multikey(createPublicKey(privateKey(index)))

function privateKey(index: number): KeyObject {
  const found = pairs[index]
  if (!found) throw new Error('too few keys')
  return found
}

/** The change from one of our keys to another, signed by the former or by somebody else. */
function change(from: number, to: number, number = to + 1, signer = from, by = at): KeyChange {
  const document = keyChangeDocument(
    by,
    {
      number,
      formerNumber: number - 1,
      formerKey: keyOf(from),
      newKey: keyOf(to),
      changedAt: new Date('2027-03-01T10:00:00Z'),
    },
    privateKey(signer),
  )
  return (
    parse('key-changes', keyChangesDocument(by, [document as KeyChange])).orderedItems[0] ?? (document as KeyChange)
  )
}

const chain = [change(0, 1), change(1, 2), change(2, 3), change(3, 4)]
const leads = (changes: readonly KeyChange[], from: number, to: number): boolean =>
  leadsTo(changes, { directoryId, from: keyOf(from), to: keyOf(to) })

test('the published change leads from its former key to its new one, and from no other', () => {
  const { formerKey: from, newKey: to } = published
  expect(leadsTo([published], { directoryId, from, to })).toBe(true)
  expect(leadsTo([published], { directoryId, from: to, to: from })).toBe(false)
  expect(leadsTo([published], { directoryId: 'https://south.example/ap/directory', from, to })).toBe(false)
  expect(leadsTo([{ ...published, changed: '2027-03-01T10:00:01Z' }], { directoryId, from, to })).toBe(false)
})

test('from whichever key was pinned, a whole chain leads to its end and to nothing else', () => {
  for (const from of [0, 1, 2, 3]) {
    expect(leads(chain, from, 4)).toBe(true)
    for (const to of [0, 1, 2, 3, 5]) expect(leads(chain, from, to)).toBe(false)
  }
  expect(leads(chain, 4, 4)).toBe(false)
  expect(leads(chain, 5, 4)).toBe(false)
  expect(leads([], 0, 1)).toBe(false)
})

test('a chain with anything missing, moved or added leads nowhere new', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(chain, { minLength: 1 }), fc.integer({ min: 0, max: 3 }), (changes, from) => {
      const isWholeFrom =
        JSON.stringify(changes.slice(changes.findIndex(({ formerKey }) => formerKey === keyOf(from)))) ===
          JSON.stringify(chain.slice(from)) && changes.some(({ formerKey }) => formerKey === keyOf(from))
      expect(leads(changes, from, 4)).toBe(isWholeFrom)
    }),
  )
})

test.each([
  ['signed by another key than the one that ends', [change(0, 1, 2, 5)], 0, 1],
  ['signed by the new key', [change(0, 1, 2, 1)], 0, 1],
  ['of another directory', [change(0, 1, 2, 0, addresses('https://south.example'))], 0, 1],
  ['whose numbers do not rise', [change(0, 1, 3), change(1, 2, 3)], 0, 2],
  ['that comes back to a key', [change(0, 1), change(1, 0, 3)], 0, 0],
  ['that goes on behind the key of today', chain, 0, 3],
])('a chain %s leads nowhere', (_what, changes, from, to) => {
  expect(leads(changes, from, to)).toBe(false)
})

test('more changes than are served are not followed', () => {
  expect(leads([...Array.from({ length: mostKeyChanges }, () => change(5, 6)), change(0, 1)], 0, 1)).toBe(false)
})
