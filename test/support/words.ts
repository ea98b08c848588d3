// The sentences of src/common/words as flat lists, for the guards.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../src/common/words/', import.meta.url))
const pluralEnding = /_(zero|one|two|few|many|other)$/

/** Sentences by `area:key`. */
export type Sentences = ReadonlyMap<string, string>

/** The areas that have words in a language. */
export function areasOf(language: string): readonly string[] {
  return readdirSync(`${folder}${language}`)
    .map((file) => file.replace(/\.json$/, ''))
    .toSorted()
}

/** Every sentence of a language; what is neither a text nor a group of texts is given as its JSON. */
export function sentencesOf(language: string): Sentences {
  const all = new Map<string, string>()
  for (const area of areasOf(language)) {
    flatten(JSON.parse(readFileSync(`${folder}${language}/${area}.json`, 'utf8')), `${area}:`, all)
  }
  return all
}

function flatten(value: unknown, name: string, all: Map<string, string>): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    all.set(name, typeof value === 'string' ? value : JSON.stringify(value))
    return
  }
  for (const [key, inner] of Object.entries(value))
    flatten(inner, name.endsWith(':') ? name + key : `${name}.${key}`, all)
}

/** The key without its plural form, where it has one: `x:people_few` is a form of `x:people` if there is `x:people_other`. */
export function baseOf(key: string, all: Sentences): string {
  const base = key.replace(pluralEnding, '')
  return base !== key && all.has(`${base}_other`) ? base : key
}

/** The {{names}} in a sentence. */
export function placeholdersOf(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\{\{-?\s*([^},\s]+)[^}]*\}\}/g)].map((match) => match[1] ?? ''))].toSorted()
}
