import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'

// Deeper than any document of ours, and far from where recursion would exhaust the stack.
const deepestNesting = 32

// The package is CommonJS with the types of an ES module: what it exports is the function itself.
const serialize = canonicalize as unknown as (value: unknown) => string | undefined

/** The RFC 8785 form of parsed JSON; throws RangeError for half a surrogate pair, infinity, or more than 32 levels. */
export function canonicalForm(value: unknown): string {
  const sorted = inOrder(value, deepestNesting)
  // JSON.stringify writes numbers and text as RFC 8785 does. Only names that look like numbers have an order of their own.
  const text = sorted === outOfOrder ? serialize(value) : JSON.stringify(sorted)
  if (text === undefined) throw new RangeError('Not JSON')
  return text
}

/** SHA-256 of a text in UTF-8, lower-case hex. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}

const outOfOrder = Symbol('has names or values that JSON.stringify would write in its own way')
// Kept in numeric order by every object, or no name of its own.
const isSpecial = /^(?:(?:0|[1-9]\d*)|__proto__)$/

// The same value with the names of its objects in the order of their UTF-16 code units; refuses what has no RFC 8785 form.
function inOrder(value: unknown, levelsLeft: number): unknown {
  if (typeof value === 'string') return wellFormed(value)
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('Not a number that JSON can hold')
  if (typeof value !== 'object' || value === null) return value
  if (levelsLeft === 0) throw new RangeError(`Nested deeper than ${deepestNesting} levels`)
  return Array.isArray(value) ? listInOrder(value, levelsLeft - 1) : objectInOrder(value, levelsLeft - 1)
}

function listInOrder(values: readonly unknown[], levelsLeft: number): unknown {
  const sorted = values.map((inner) => inOrder(inner, levelsLeft))
  return sorted.includes(outOfOrder) ? outOfOrder : sorted
}

function objectInOrder(value: object, levelsLeft: number): unknown {
  if ('toJSON' in value && typeof value.toJSON === 'function') return outOfOrder
  let isKept = true
  const sorted: Record<string, unknown> = {}
  const given = value as Readonly<Record<string, unknown>> // an object: its own names are read, and nothing else
  for (const name of Object.keys(given).sort()) {
    const inner = inOrder(given[name], levelsLeft)
    if (inner === outOfOrder || isSpecial.test(wellFormed(name))) isKept = false
    else sorted[name] = inner
  }
  return isKept ? sorted : outOfOrder
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new RangeError('Half a surrogate pair')
  return text
}
