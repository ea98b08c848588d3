import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { term } from './wire.ts'

/** The private keys of the kit: two actors sign requests, and the directory's Ed25519 key signs statements. */
export type Keys = {
  readonly directory: KeyObject
  readonly node: KeyObject
  readonly statement: KeyObject
}

const names = ['directory', 'node', 'statement'] as const

/** New keys; RSA takes a part of a second. */
export function newKeys(): Keys {
  const rsa = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  return { directory: rsa(), node: rsa(), statement: newStatementKey() }
}

/** A key that is not the one of the directory's document. */
export function newStatementKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey
}

/** The keys in a file, which only its owner can read; new ones are kept there where it is not yet. Throws where it holds something else. */
export function keysIn(file: string): Keys {
  if (!existsSync(file)) {
    const keys = newKeys()
    const texts = names.map((name) => [name, keys[name].export({ type: 'pkcs8', format: 'pem' })])
    writeFileSync(file, JSON.stringify(Object.fromEntries(texts)), { mode: 0o600 })
    return keys
  }
  const kept: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const key = (name: string): KeyObject => createPrivateKey(String(term(kept, name)))
  return { directory: key('directory'), node: key('node'), statement: key('statement') }
}
