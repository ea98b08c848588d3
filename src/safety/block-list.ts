import { domainTyped, isWide, isWithin } from './domain.ts'

/** The largest list that is read, in bytes, and at most so many domains of it. */
export const largestBlockList = 1024 * 1024
export const mostListed = 10_000
/** A node subscribes to at most so many lists. */
export const mostBlockLists = 20

/** One domain of a list, with what the list says of it in public. */
export type Listed = { readonly domain: string; readonly comment: string | null }

/** Why a list was not read; each has its sentence in words/…/safety.json. */
export const blockListTroubles = ['no-answer', 'too-large', 'too-long', 'not-a-list'] as const
export type BlockListTrouble = (typeof blockListTroubles)[number]

const longestComment = 300

/**
 * The domains that a list names: Mastodon's export (`#domain,#severity,…`), of which only suspended ones count, or one domain a line.
 * Hidden names (`sp*m.example`), addresses in numbers, names of a whole
 * country or trade, and our own host with what is above it are left out.
 */
export function readBlockList(
  text: string,
  ownHost: string,
): { readonly listed: readonly Listed[] } | { readonly trouble: BlockListTrouble } {
  const lines = csvRows(text)
  const header = lines[0]?.map((name) => name.trim().replace(/^#/, '').toLowerCase()) ?? []
  const found = new Map<string, Listed>()
  const isTable = header.includes('domain')
  let written = 0
  for (const line of isTable ? lines.slice(1) : plainRows(text)) {
    const cell = (name: string): string => (isTable ? (line[header.indexOf(name)] ?? '') : '')
    const typed = (isTable ? cell('domain') : (line[0] ?? '')).trim()
    if (typed === '') continue
    written += 1
    if (isTable && header.includes('severity') && cell('severity').trim().toLowerCase() !== 'suspend') continue
    const domain = typed.includes('*') && !typed.startsWith('*.') ? undefined : domainTyped(typed)
    if (domain === undefined || isWide(domain) || isWithin(ownHost, domain)) continue
    const comment = cell('public_comment').trim().slice(0, longestComment)
    found.set(domain, { domain, comment: comment === '' ? null : comment })
    if (found.size > mostListed) return { trouble: 'too-long' }
  }
  // A page that says "not found" is no list: nothing of it must unblock what the list named yesterday.
  if (!isTable && (found.size === 0 || found.size < written / 2)) return { trouble: 'not-a-list' }
  return { listed: [...found.values()] }
}

/** The address of a list as it is meant by what somebody typed; undefined when it is none. */
export function blockListUrl(text: string): string | undefined {
  const url = URL.parse(text.trim())
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.href.length > 512)
    return undefined
  url.hash = ''
  return url.href
}

// One domain a line; what follows a # is a remark.
function plainRows(text: string): readonly (readonly string[])[] {
  return text.split(/\r?\n/).map((line) => [line.replace(/\s*#.*$/, '').trim()])
}

/** The rows of a table of comma-separated values (RFC 4180). A quote that does not end takes the rest. */
export function csvRows(text: string): readonly (readonly string[])[] {
  const all: string[][] = []
  let row: string[] = []
  const pattern = /(?:"((?:[^"]|"")*)(?:"|$)|([^,"\r\n]*)[^,\r\n]*)(,|\r?\n|$)/gy
  const source = text.replace(/^\uFEFF/, '')
  for (let match = pattern.exec(source); match; match = pattern.exec(source)) {
    row.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'))
    if (match[3] !== ',') {
      all.push(row)
      row = []
    }
    if (match[3] === '' && pattern.lastIndex >= source.length) break
  }
  return all.filter((cells) => cells.some((cell) => cell !== ''))
}
