import { createRequire } from 'node:module'
import { Parser } from 'htmlparser2'
import type SanitizeHtml from 'sanitize-html'
import { lengthOf } from './request.ts'

// It requires a module of the other kind, which must be there before: an import of both together is a circle to Jest.
const sanitizeHtml = createRequire(import.meta.url)('sanitize-html') as typeof SanitizeHtml

// Everything else goes, with what it holds where that was never meant to be read (scripts, styles).
const kept: SanitizeHtml.IOptions = {
  allowedTags: ['p', 'br', 'a', 'span', 'div', 'li', 'ul', 'ol', 'blockquote', 'pre', 'code', 'h1', 'h2', 'h3', 'h4'],
  allowedAttributes: { a: ['href', 'class'] },
  allowedSchemes: ['http', 'https', 'mailto'],
}
const ownLine = new Set(['p', 'div', 'li', 'ul', 'ol', 'blockquote', 'pre', 'h1', 'h2', 'h3', 'h4'])

/** More than this is not looked at, in characters: the longest text with its tags. Tags that never end take the square of their number. */
const longestHtml = 10_000

/**
 * What somebody's HTML says, as plain text of at most `longest` characters: no tag, no live link (a link whose address is not its
 * text shows both), no character that hides or turns around others. Whoever shows it escapes it as any other text.
 */
export function plainText(html: string, longest: number): string {
  const isCut = html.length > longestHtml
  const text = tidied(textOf(sanitizeHtml(isCut ? beginningOf(html) : html, kept)))
  return shortened(isCut && text !== '' ? `${text}…` : text, longest)
}

// Without a tag that the cut would leave half.
function beginningOf(html: string): string {
  const beginning = html.slice(0, longestHtml)
  const tag = beginning.lastIndexOf('<')
  return tag > beginning.lastIndexOf('>') ? beginning.slice(0, tag) : beginning
}

/** A name or a line of somebody else's, as plain text in one line of at most `longest` characters. */
export function plainLine(html: string, longest: number): string {
  return shortened(plainText(html, longest).replaceAll(/\s+/g, ' '), longest)
}

function textOf(html: string): string {
  let text = ''
  let link: { readonly href: string; readonly from: number; readonly isName: boolean } | undefined
  const parser = new Parser({
    onopentag(name, { href = '', class: classes = '' }) {
      if (name === 'br') text += '\n'
      if (ownLine.has(name)) text += name === 'li' ? '\n- ' : '\n\n'
      if (name === 'a') link = { href, from: text.length, isName: /\b(?:mention|hashtag|u-url)\b/.test(classes) }
    },
    ontext(part) {
      text += part
    },
    onclosetag(name) {
      if (ownLine.has(name) && name !== 'li') text += '\n\n'
      if (name !== 'a' || !link) return
      const said = text.slice(link.from).trim()
      if (link.href !== '' && !link.isName && !sameAddress(said, link.href)) text += ` (${link.href})`
      link = undefined
    },
  })
  parser.end(html)
  return text
}

// What Mastodon shows of a link is its address, in part without scheme.
function sameAddress(said: string, href: string): boolean {
  const bare = (address: string): string => address.replace(/^(?:https?:\/\/|mailto:)/, '').replace(/\/$/, '')
  return bare(said) === bare(href)
}

function tidied(text: string): string {
  return (
    text
      .replaceAll(/\r\n?/g, '\n')
      .replaceAll('\u00A0', ' ')
      // Controls, and what turns the order of letters around or takes no room: text is what it looks like.
      .replaceAll(
        /[\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E007F}]/gu,
        (one) => (one === '\n' ? one : one === '\t' || one === '\u2028' || one === '\u2029' ? ' ' : ''),
      )
      // A letter with more than a few marks is drawn over its neighbours.
      .replaceAll(/(\p{M}{4})\p{M}+/gu, '$1')
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim()
  )
}

/** A text cut to at most `longest` characters, with a sign that it was. */
export function shortened(text: string, longest: number): string {
  return lengthOf(text) <= longest
    ? text
    : `${Array.from(text)
        .slice(0, longest - 1)
        .join('')}…`
}
