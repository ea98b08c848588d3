import { Tokenizer } from 'htmlparser2'

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

/** What came of looking at one link; `status` where its server answered. */
export type Checked = { readonly url: string; readonly result: LinkResult; readonly status: number | undefined }

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
  for (const { name, href, rel } of tagsIn(html)) {
    if (href === undefined) continue
    if (name === 'base') base ??= URL.parse(href, url)?.href
    else found.push({ href, rel })
  }
  return found.map((link) => ({ ...link, base: base ?? url }))
}

const readTags = ['a', 'link', 'base']

/**
 * Every `a`, `link` and `base` of a page. By the tokenizer alone: a parser keeps a stack of open tags, and half a megabyte of tags that
 * were never closed, then closed under other names, would keep it busy for twenty seconds.
 */
function tagsIn(html: string): readonly { readonly name: string; readonly href?: string; readonly rel: string }[] {
  const tags: { name: string; href?: string; rel: string }[] = []
  let tag = { name: '', attributes: new Map<string, string>() }
  let attribute = ''
  let value = ''
  const close = (): void => {
    const href = tag.attributes.get('href')
    if (readTags.includes(tag.name))
      tags.push({ name: tag.name, ...(href === undefined ? {} : { href }), rel: tag.attributes.get('rel') ?? '' })
  }
  const nothing = (): void => undefined
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      onopentagname(start, end) {
        tag = { name: html.slice(start, end).toLowerCase(), attributes: new Map() }
      },
      onattribname(start, end) {
        attribute = html.slice(start, end).toLowerCase()
        value = ''
      },
      onattribdata(start, end) {
        value += html.slice(start, end)
      },
      onattribentity(codepoint) {
        value += String.fromCodePoint(codepoint)
      },
      onattribend() {
        // The first of two with one name counts, as in browsers.
        if (!tag.attributes.has(attribute)) tag.attributes.set(attribute, value)
      },
      onopentagend: close,
      onselfclosingtag: close,
      oncdata: nothing,
      onclosetag: nothing,
      oncomment: nothing,
      ondeclaration: nothing,
      onend: nothing,
      onprocessinginstruction: nothing,
      ontext: nothing,
      ontextentity: nothing,
    },
  )
  tokenizer.write(html)
  tokenizer.end()
  return tags
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
