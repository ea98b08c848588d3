import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { verifyProof } from '@fedify/fedify'
import { DataIntegrityProof } from '@fedify/vocab'
import * as fc from 'fast-check'
import { decodeMultibase, encodeMultibase, fingerprint, multikey } from '../../src/common/multibase.ts'
import { canonicalForm } from '../../src/partners/set.ts'
import { hasValidProof, judgeStatement, proofOf, signStatement, verifyStatement } from '../../src/partners/statement.ts'
import type { Statement, UnsignedStatement } from '../../src/partners/statement.ts'

type Vectors = {
  readonly key: { readonly seed: string; readonly publicKeyMultibase: string; readonly fingerprint: string }
  readonly statement: Statement
  readonly statementWithoutContext: Statement
}

// Our own file, whose form is the type above.
const vectors = JSON.parse(readFileSync(new URL('../vectors/directory-1.json', import.meta.url), 'utf8')) as Vectors
const { publicKeyMultibase } = vectors.key
const privateKey = privateKeyFromSeed(Buffer.from(vectors.key.seed, 'hex'))
const method = 'https://north.example/ap/directory#ed25519-1'
const published = [vectors.statement, vectors.statementWithoutContext]

describe('the published vectors', () => {
  test('the seed gives the published key and fingerprint', () => {
    expect(multikey(createPublicKey(privateKey))).toBe(publicKeyMultibase)
    expect(fingerprint(publicKeyMultibase)).toBe(vectors.key.fingerprint)
  })

  test.each(published)('a statement signed again has the published proof', (statement) => {
    const { proof, ...unsigned } = statement
    expect(signStatement(unsigned, privateKey, method, new Date(proof.created))).toEqual(statement)
  })

  test.each(published)('the published statement is signed with the published key', (statement) => {
    expect(verifyStatement(statement, publicKeyMultibase)).toBe(true)
    expect(verifyStatement(statement, createPublicKey(privateKey))).toBe(true)
  })

  // Only with a context: json-canon 1.0, which Fedify 2.3 uses, writes `{,` where a document has none.
  test('Fedify finds the same proof valid, and a changed statement invalid', async () => {
    expect(await isValidForFedify(vectors.statement)).toBe(true)
    expect(await isValidForFedify({ ...vectors.statement, seq: vectors.statement.seq + 1 })).toBe(false)
  })
})

// Keys of the two specifications that follow.
const specifiedKey = 'z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2'
const specifiedSeed = decodeMultibase('z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq')?.subarray(2)
const specifiedTime = new Date('2023-02-24T23:36:38Z')

describe.each([
  {
    source: 'W3C vc-di-eddsa, appendix B, eddsa-jcs-2022',
    method: `did:key:${specifiedKey}#${specifiedKey}`,
    proofValue: 'z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX',
    document: {
      '@context': ['https://www.w3.org/ns/credentials/v2', 'https://www.w3.org/ns/credentials/examples/v2'],
      id: 'urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33',
      type: ['VerifiableCredential', 'AlumniCredential'],
      name: 'Alumni Credential',
      description: 'A minimum viable example of an Alumni Credential.',
      issuer: 'https://vc.example/issuers/5678',
      validFrom: '2023-01-01T00:00:00Z',
      credentialSubject: { id: 'did:example:abcdefgh', alumniOf: 'The School of Examples' },
    },
  },
  {
    source: 'FEP-8b32, fep-8b32.feature',
    method: 'https://server.example/users/alice#ed25519-key',
    proofValue: 'z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL',
    document: {
      '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/data-integrity/v2'],
      id: 'https://server.example/activities/1',
      type: 'Create',
      actor: 'https://server.example/users/alice',
      object: {
        id: 'https://server.example/objects/1',
        type: 'Note',
        attributedTo: 'https://server.example/users/alice',
        content: 'Hello world',
        location: { type: 'Place', longitude: -71.184902, latitude: 25.273962 },
      },
    },
  },
])('the test vector of $source', ({ document, proofValue, method }) => {
  test('is what we sign', () => {
    const key = privateKeyFromSeed(specifiedSeed ?? new Uint8Array())
    expect(proofOf(document, key, method, specifiedTime).proofValue).toBe(proofValue)
  })

  test('is valid for us', () => {
    const proof = {
      type: 'DataIntegrityProof',
      cryptosuite: 'eddsa-jcs-2022',
      created: '2023-02-24T23:36:38Z',
      verificationMethod: method,
      proofPurpose: 'assertionMethod',
      '@context': document['@context'],
      proofValue,
    }
    expect(hasValidProof({ ...document, proof }, specifiedKey)).toBe(true)
    expect(hasValidProof({ ...document, proof }, publicKeyMultibase)).toBe(false)
  })
})

describe('a proof', () => {
  test('fails when any byte of a statement is another', () => {
    for (const statement of published) {
      const original = Buffer.from(JSON.stringify(statement))
      const tampering = fc.tuple(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }))
      fc.assert(
        fc.property(tampering, ([at, flip]) => {
          const changed = Buffer.from(original)
          changed.writeUInt8(changed.readUInt8(at) ^ flip, at)
          const document = parsedOrUndefined(changed.toString())
          expect(verifyStatement(document, publicKeyMultibase)).toBe(false)
        }),
        { numRuns: 1000 },
      )
    }
  })

  test('fails for the key of another directory', () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    expect(verifyStatement(vectors.statement, publicKey)).toBe(false)
    expect(verifyStatement(vectors.statement, multikey(publicKey))).toBe(false)
  })

  test('fails for what is not an Ed25519 key', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(verifyStatement(vectors.statement, publicKey)).toBe(false)
    expect(verifyStatement(vectors.statement, 'zDnaekGZTbQBerwcehBSXLqAg6s55hVEBms1zFy89VHXtJSa9')).toBe(false)
  })

  test('covers a term that we do not know', () => {
    const unsigned: UnsignedStatement & { readonly mood: string } = { ...withoutProof(vectors.statement), mood: 'good' }
    const signed = signStatement(unsigned, privateKey, method, new Date('2026-10-09T14:05:00Z'))
    expect(verifyStatement(signed, publicKeyMultibase)).toBe(true)
    expect(verifyStatement({ ...signed, mood: 'bad' }, publicKeyMultibase)).toBe(false)
    expect(verifyStatement(withoutProof(signed), publicKeyMultibase)).toBe(false)
  })

  test('by a key of another actor does not speak for the directory', () => {
    const other = 'https://north.example/actor#ed25519-1'
    const signed = signStatement(withoutProof(vectors.statement), privateKey, other, new Date('2026-10-09T14:05:00Z'))
    expect(hasValidProof(signed, publicKeyMultibase)).toBe(true)
    expect(verifyStatement(signed, publicKeyMultibase)).toBe(false)
  })

  test('on a document of another type is not a statement', () => {
    const note = { ...withoutProof(vectors.statement), type: 'Note' }
    const signed = { ...note, proof: proofOf(note, privateKey, method, new Date('2026-10-09T14:05:00Z')) }
    expect(hasValidProof(signed, publicKeyMultibase)).toBe(true)
    expect(verifyStatement(signed, publicKeyMultibase)).toBe(false)
  })

  test('with a term that would have to be obeyed is not accepted, even when signed', () => {
    const unsigned = withoutProof(vectors.statementWithoutContext)
    const { proofValue: _, ...options } = vectors.statementWithoutContext.proof
    expect(hasValidProof(signedByHand(unsigned, options), publicKeyMultibase)).toBe(true)
    const expiring = signedByHand(unsigned, { ...options, expires: '2020-01-01T00:00:00Z' })
    expect(hasValidProof(expiring, publicKeyMultibase)).toBe(false)
  })

  test('of a document that gained or lost a context is not valid', () => {
    const { '@context': context, ...bare } = vectors.statement
    const more = [...(context as readonly unknown[]), { seq: 'https://evil.example/' }]
    expect(verifyStatement({ ...vectors.statement, '@context': more }, publicKeyMultibase)).toBe(false)
    expect(verifyStatement({ ...vectors.statementWithoutContext, '@context': more }, publicKeyMultibase)).toBe(false)
    expect(verifyStatement(bare, publicKeyMultibase)).toBe(false)
  })

  test('may leave out its context, as Fedify does', () => {
    const { '@context': _, ...proof } = vectors.statement.proof
    expect(verifyStatement({ ...vectors.statement, proof }, publicKeyMultibase)).toBe(true)
  })

  test('is not found in what is no statement at all', () => {
    const { statement } = vectors
    const wrongs = [
      undefined,
      null,
      'statement',
      [statement],
      {},
      { ...statement, proof: [statement.proof] },
      { ...statement, proof: { ...statement.proof, proofValue: 7 } },
      { ...statement, proof: { ...statement.proof, proofValue: 'z' } },
      { ...statement, epoch: '\ud800' },
    ]
    for (const wrong of wrongs) expect(verifyStatement(wrong, publicKeyMultibase)).toBe(false)
  })
})

describe('a statement with a good proof', () => {
  const { statement } = vectors
  const directoryId = statement.attributedTo
  const now = new Date('2026-10-09T14:30:00Z')
  const stored = { directoryId, newest: statement }

  test('is accepted as the first one, and asks for a snapshot', () => {
    expect(judgeStatement(statement, { directoryId }, now)).toEqual({ accepted: 'new-epoch' })
  })

  test('is accepted again, and when it is newer', () => {
    const newer = { ...statement, seq: 846, issued: '2026-10-09T14:20:00Z', validUntil: '2026-10-16T14:20:00Z' }
    expect(judgeStatement(statement, stored, now)).toEqual({ accepted: 'same-epoch' })
    expect(judgeStatement(newer, stored, now)).toEqual({ accepted: 'same-epoch' })
  })

  test('may start again at a low seq in a new epoch', () => {
    expect(judgeStatement({ ...statement, epoch: 'c00000', seq: 3 }, stored, now)).toEqual({ accepted: 'new-epoch' })
  })

  test('may be issued five minutes ahead of our clock, at most', () => {
    expect(judgeStatement(statement, stored, new Date('2026-10-09T14:00:00Z'))).toEqual({ accepted: 'same-epoch' })
    expect(judgeStatement(statement, stored, new Date('2026-10-09T13:59:59Z'))).toEqual({ refused: 'issued-in-future' })
  })

  test('may be valid for seven days and five minutes, at most', () => {
    const longest = { ...statement, validUntil: '2026-10-16T14:10:00Z' }
    const longer = { ...statement, validUntil: '2026-10-16T14:10:01Z' }
    expect(judgeStatement(longest, stored, now)).toEqual({ accepted: 'same-epoch' })
    expect(judgeStatement(longer, stored, now)).toEqual({ refused: 'lease-too-long' })
  })

  test('renews nothing once it has expired', () => {
    expect(judgeStatement(statement, stored, new Date('2026-10-16T14:04:59Z'))).toEqual({ accepted: 'same-epoch' })
    expect(judgeStatement(statement, stored, new Date('2026-10-16T14:05:00Z'))).toEqual({ refused: 'expired' })
  })

  test.each([
    ['of another directory', { attributedTo: 'https://south.example/ap/directory' }, 'other-directory'],
    ['issued before the one we have', { issued: '2026-10-09T14:04:59Z' }, 'older-than-stored'],
    ['of an old epoch, replayed', { epoch: 'a00000', issued: '2026-10-09T14:04:59Z' }, 'older-than-stored'],
    ['whose seq went back within an epoch', { seq: 844 }, 'seq-went-back'],
    ['with a time nobody can read', { issued: 'yesterday' }, 'unreadable-time'],
    ['with an end nobody can read', { validUntil: '2026-13-01T00:00:00Z' }, 'unreadable-time'],
  ])('%s is refused', (_, changes, code) => {
    expect(judgeStatement({ ...statement, ...changes }, stored, now)).toEqual({ refused: code })
  })
})

async function isValidForFedify(statement: Statement): Promise<boolean> {
  const directory = {
    '@context': [
      'https://www.w3.org/ns/activitystreams',
      'https://www.w3.org/ns/did/v1',
      'https://w3id.org/security/multikey/v1',
    ],
    id: statement.attributedTo,
    type: 'Service',
    assertionMethod: [{ id: method, type: 'Multikey', controller: statement.attributedTo, publicKeyMultibase }],
  }
  const documentLoader = (url: string) => Promise.resolve({ contextUrl: null, documentUrl: url, document: directory })
  const proof = await DataIntegrityProof.fromJsonLd({
    ...statement.proof,
    '@context': 'https://w3id.org/security/data-integrity/v1',
  })
  return (await verifyProof(statement, proof, { documentLoader })) !== null
}

function signedByHand(document: object, options: object): object {
  const hashes = [options, document].map((part) => createHash('sha256').update(canonicalForm(part)).digest())
  return {
    ...document,
    proof: { ...options, proofValue: encodeMultibase(sign(null, Buffer.concat(hashes), privateKey)) },
  }
}

function withoutProof(statement: Statement): UnsignedStatement {
  const { proof: _, ...unsigned } = statement
  return unsigned
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Bytes that are not JSON never reach the proof.
    return undefined
  }
}

function privateKeyFromSeed(seed: Uint8Array): KeyObject {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
}
