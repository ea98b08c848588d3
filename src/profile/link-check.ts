import { Parser } from 'htmlparser2'

/** What was found at a link: that it links back as hers, or why it does not count. The words are profile:links.result.<result>. */
export const linkResults = [
  'verified',
  'not-me',
  'no-link-back',
  'not-html',
  'status',
  'too-slow',
  'too-many-redirects',
  'refused',
  'compressed',
  'no-answer',
] as const
export type LinkResult = (typeof linkResults)[number]

/** How much of a page is read, in bytes, and how long an answer may take, in milliseconds (FEDERATION.md, Links). */
export const pageBytes = 512 * 1024
export const pageTime = 10_000

/** After how many failures in a row a link no longer counts as hers. */
export const failuresAllowed = 2
/** After how many days a link is looked at again. */
export const recheckDays = 7

export type FoundPage = {
  /** Where it came from, after redirects. */
  readonly url: string
  readonly contentType: string
  /** Its Link header (RFC 8288). */
  readonly link: string
  readonly html: string
}

/**
 * Whether a page links to one of the addresses with rel=me (microformats.org/wiki/rel-me): an `a` or a `link` in its HTML, or its Link
 * header. Where it links to one of them without saying so, that is told apart.
 */
export function linksBack(page: FoundPage, mine: readonly string[]): LinkResult {
  const wanted = new Set(mine.map((address) => comparable(address, address)))
  const inHeader = linksInHeader(page.link).filter(({ href }) => wanted.has(comparable(href, page.url)))
  if (inHeader.some(({ rel }) => saysMe(rel))) return 'verified'
  if (!/^(text\/html|application\/xhtml\+xml)\s*(;|$)/i.test(page.contentType.trim())) return 'not-html'
  const inPage = linksInHtml(page).filter(({ href, base }) => wanted.has(comparable(href, base)))
  if (inPage.some(({ rel }) => saysMe(rel))) return 'verified'
  return inPage.length > 0 || inHeader.length > 0 ? 'not-me' : 'no-link-back'
}

function saysMe(rel: string): boolean {
  return rel.toLowerCase().split(/\s+/).includes('me')
}

/** One spelling for one address: whole, without a fragment or a last slash, handles in lower case. Nothing for what is no address. */
function comparable(href: string, base: string): string | undefined {
  const url = URL.parse(href.trim(), base)
  if (!url) return undefined
  const path = url.pathname.replace(/\/+$/, '')
  return url.origin + (path.startsWith('/@') ? path.toLowerCase() : path) + url.search
}

type Found = { readonly href: string; readonly rel: string }

function linksInHtml({ html, url }: FoundPage): readonly (Found & { readonly base: string })[] {
  const found: Found[] = []
  let base: string | undefined
  const parser = new Parser({
    onopentag(name, { href, rel = '' }) {
      if (href === undefined) return
      if (name === 'base') base ??= URL.parse(href, url)?.href
      if (name === 'a' || name === 'link') found.push({ href, rel })
    },
  })
  parser.end(html)
  return found.map((link) => ({ ...link, base: base ?? url }))
}

/** The links of a Link header: `<address>; rel="me"`, with commas between them. */
function linksInHeader(header: string): readonly Found[] {
  return [...header.slice(0, 8192).matchAll(/<([^<>]*)>((?:\s*;\s*[\w*-]+\s*(?:=\s*(?:"[^"]*"|[^\s",;]*))?)*)/g)].map(
    ([, href = '', parameters = '']) => ({
      href,
      rel: /(?:^|;)\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]*))/i.exec(parameters)?.slice(1).find(Boolean) ?? '',
    }),
  )
}
