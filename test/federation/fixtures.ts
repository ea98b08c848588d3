// Every kind of document that a node sends or serves, as it is: kept in fixtures/*.json, so that a change of one is seen in review, and
// so that others can read them without a running node.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('./fixtures/', import.meta.url))

/** What differs from run to run, by what stands in its place: `{ [node.url]: 'https://north.example', [personId]: '6fd3' }`. */
export type Names = Readonly<Record<string, string>>

/**
 * Holds a document against `fixtures/{name}.json`. Keys and hashes are left out; ids and origins are replaced by `names`, the longest first. A
 * fixture that is not there yet is written, but not where `CI` is set.
 */
export function expectFixture(name: string, document: object, names: Names): void {
  const path = `${folder}${name}.json`
  const told = lasting(document, names)
  if (!existsSync(path) && !process.env['CI']) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path, `${JSON.stringify(told, null, 2)}\n`)
  }
  expect(told).toEqual(JSON.parse(readFileSync(path, 'utf8')))
}

/** Every fixture by its name. */
export function fixtures(): ReadonlyMap<string, unknown> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  return new Map(files.map((file) => [file.slice(0, -5), JSON.parse(readFileSync(`${folder}${file}`, 'utf8'))]))
}

function lasting(document: object, names: Names): unknown {
  let text = JSON.stringify(document)
  for (const [volatile, name] of Object.entries(names).toSorted(([one], [other]) => other.length - one.length))
    text = text.replaceAll(volatile, name)
  return lastingValue('', JSON.parse(text))
}

function lastingValue(name: string, value: unknown): unknown {
  if (name === '@context') return value // what its terms mean does not vary
  if (Array.isArray(value)) return value.map((inner) => lastingValue(name, inner))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, lastingValue(key, inner)]))
  if (typeof value !== 'string') return value
  if (name === 'publicKeyPem') return '-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n'
  return keys.has(name) ? 'z6Mk…' : value.replaceAll(/[0-9a-f]{64}/g, '0123…')
}

const keys: ReadonlySet<string> = new Set(['publicKeyMultibase', 'proofValue', 'formerKey', 'newKey'])
