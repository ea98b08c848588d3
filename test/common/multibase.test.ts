import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import * as fc from 'fast-check'
import {
  decodeMultibase,
  encodeMultibase,
  fingerprint,
  multikey,
  publicKeyFromMultikey,
} from '../../src/common/multibase.ts'

const text = new TextEncoder()

// RFC 8032 section 7.1, test 1.
const publicKeyHex = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
const publicKey = createPublicKey({
  key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKeyHex, 'hex').toString('base64url') },
  format: 'jwk',
})
const publicKeyMultibase = 'z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw'

// draft-msporny-base58-03, section 5, with the z of Multibase in front.
test.each([
  ['Hello World!', 'z2NEpo7TZRRrLZSi2U'],
  ['The quick brown fox jumps over the lazy dog.', 'zUSm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z'],
])('the published base58 of "%s" is ours', (plain, encoded) => {
  expect(encodeMultibase(text.encode(plain))).toBe(encoded)
  expect(decodeMultibase(encoded)).toEqual(text.encode(plain))
})

test('zeros in front of a number are kept', () => {
  expect(encodeMultibase(Buffer.from('0000287fb4cd', 'hex'))).toBe('z11233QC4')
  expect(encodeMultibase(new Uint8Array(2))).toBe('z11')
  expect(encodeMultibase(new Uint8Array())).toBe('z')
})

test('any bytes come back from their Multibase', () => {
  const someBytes = fc.oneof(
    fc.uint8Array({ maxLength: 90 }),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array([0, 0, ...bytes])),
  )
  fc.assert(fc.property(someBytes, (bytes) => expect(decodeMultibase(encodeMultibase(bytes))).toEqual(bytes)))
})

test('any Multibase text is the only one for its bytes', () => {
  const characters = fc.constantFrom(...'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'.split(''))
  fc.assert(
    fc.property(fc.string({ unit: characters, maxLength: 100 }), (digits) => {
      expect(encodeMultibase(decodeMultibase(`z${digits}`) ?? new Uint8Array())).toBe(`z${digits}`)
    }),
  )
})

test.each(['', '2NEpo7TZRRrLZSi2U', 'u7QGw', 'z0', 'zO', 'zI', 'zl', 'z2 2', 'zé', `z${'2'.repeat(128)}`])(
  'the text "%s" is not Multibase that we read',
  (wrong) => {
    expect(decodeMultibase(wrong)).toBeUndefined()
  },
)

test('the key of RFC 8032 has its known Multikey, both ways', () => {
  expect(multikey(publicKey)).toBe(publicKeyMultibase)
  expect(publicKeyFromMultikey(publicKeyMultibase)?.equals(publicKey)).toBe(true)
})

test('a key of another kind has no Multikey here', () => {
  const { publicKey: other } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  expect(() => multikey(other)).toThrow(RangeError)
})

test.each([
  ['an Ed25519 secret key', 'z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq'],
  ['a P-256 key', 'zDnaekGZTbQBerwcehBSXLqAg6s55hVEBms1zFy89VHXtJSa9'],
  ['a key cut short', encodeMultibase(Buffer.from(`ed01${publicKeyHex.slice(2)}`, 'hex'))],
  ['a key with a byte more', encodeMultibase(Buffer.from(`ed01${publicKeyHex}00`, 'hex'))],
  ['no text at all', ''],
])('%s is not the public key of a directory', (_, wrong) => {
  expect(publicKeyFromMultikey(wrong)).toBeUndefined()
  expect(() => fingerprint(wrong)).toThrow(RangeError)
})

test('a fingerprint is the SHA-256 of the 32 bytes of the key, in sixteen groups of four', () => {
  expect(fingerprint(publicKeyMultibase)).toBe(
    '21fe 31df a154 a261 626b f854 046f d227 1b7b ed4b 6abe 45aa 5887 7ef4 7f97 21b9',
  )
})
