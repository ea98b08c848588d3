import { editDistance } from '../common/distance.ts'
import { isIP } from 'node:net'
import { domainToUnicode } from 'node:url'

/** Why a host name deserves a second look: it resembles one that we know, or it is written in letters that can resemble others. */
export type LookAlike = { readonly like: string } | { readonly written: string }

/**
 * The warning at approval (FEDERATION.md 3): `host` is within two letters of a known host, looks the same once alike letters are
 * read as one, or has letters beyond a to z. Undefined when there is nothing to say. It warns; it proves nothing.
 */
export function lookAlike(host: string, known: readonly string[]): LookAlike | undefined {
  const name = hostname(host)
  if (isIP(name) !== 0 || name === 'localhost') return undefined
  const bones = skeleton(name)
  for (const other of known) {
    const otherName = hostname(other)
    if (otherName === name || isIP(otherName) !== 0) continue
    if (isWithinTwo(name, otherName) || bones === skeleton(otherName)) return { like: other }
  }
  return name.split('.').some((label) => label.startsWith('xn--')) ? { written: domainToUnicode(name) } : undefined
}

function hostname(host: string): string {
  return (URL.parse(`https://${host}`)?.hostname ?? host).replace(/^\[|\]$/g, '')
}

// Letters of other alphabets that look like ours, after accents are gone. The common ones: the warning is a nudge.
const alike: Readonly<Record<string, string>> = {
  а: 'a',
  с: 'c',
  ԁ: 'd',
  е: 'e',
  һ: 'h',
  і: 'l',
  ј: 'j',
  ӏ: 'l',
  о: 'o',
  р: 'p',
  ѕ: 's',
  у: 'y',
  х: 'x',
  ѡ: 'w',
  к: 'k',
  м: 'm',
  т: 't',
  в: 'b',
  н: 'h',
  α: 'a',
  ο: 'o',
  ν: 'v',
  ρ: 'p',
  τ: 't',
  ι: 'l',
  κ: 'k',
  ı: 'l',
  '0': 'o',
  '1': 'l',
  i: 'l',
  '3': 'e',
  '5': 's',
}

// What an eye in a hurry makes of a name.
function skeleton(name: string): string {
  const letters = domainToUnicode(name).normalize('NFKD').replaceAll(/\p{M}/gu, '')
  return Array.from(letters, (letter) => alike[letter] ?? letter)
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replaceAll('cl', 'd')
    .replaceAll('-', '')
}

// At most two letters apart, on names long enough for that to mean something.
function isWithinTwo(one: string, other: string): boolean {
  const shorter = Math.min(one.length, other.length)
  if (shorter < 6 || Math.abs(one.length - other.length) > 2) return false
  return editDistance(one, other) <= 2
}
