import { isIP } from 'node:net'

/** The longest name of a domain, in characters (RFC 1035). */
const longestDomain = 253

/**
 * The name of a host as domains are kept and compared: lower case, punycode, without port and last dot. Undefined when there is
 * no name in it.
 */
export function nameOfHost(host: string): string | undefined {
  const name = URL.parse(`https://${host.trim()}`)?.hostname.replace(/\.$/, '')
  return name === undefined || name === '' || name.length > longestDomain ? undefined : name
}

/** A domain as somebody meant it who typed it, or pasted any address on it; undefined when it is none. */
export function domainTyped(text: string): string | undefined {
  const trimmed = text
    .trim()
    .replace(/^\*?\./, '')
    .replace(/^@+/, '')
  const url = URL.parse(/^https?:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`)
  if (!url || url.username !== '' || url.password !== '') return undefined
  const name = nameOfHost(url.host)
  return name !== undefined && isDomain(name) ? name : undefined
}

/** Whether a name can be a domain: labels of letters, digits, hyphens and underscores. An address in numbers is none. */
export function isDomain(name: string): boolean {
  return !isAddress(name) && /^(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*$/.test(name)
}

/** Whether a host is an address in numbers, which says nothing about who is there. */
export function isAddress(host: string): boolean {
  return isIP(host.replace(/^\[|\]$/g, '')) !== 0
}

/** Whether a host is at a domain or below it. Both may have any case, a port, or a last dot; letters beyond a to z are compared as punycode. */
export function isWithin(host: string, domain: string): boolean {
  const name = nameOfHost(host)
  const above = nameOfHost(domain)
  if (name === undefined || above === undefined) return false
  return name === above || (!isAddress(name) && name.endsWith(`.${above}`))
}

// Below a country's two letters these belong to a whole trade. The common ones: a guess, where no list of suffixes is at hand.
const trades = new Set(
  'ac asso co com edu gc gen go gob gouv gov govt gub gv health id ind info judiciary ltd me mil mod mun ne net nhs nom or org parliament plc police sch school web'.split(
    ' ',
  ),
)

/** Whether a name is a whole country's or trade's rather than a server's: one label, or two such as gov.uk. */
export function isWide(domain: string): boolean {
  const [first = '', second, third] = domain.split('.')
  return second === undefined || (third === undefined && second.length === 2 && trades.has(first))
}
