import type { Language } from './vocabularies.ts'

/** What a mail says, in the reader's language. */
export type Letter = {
  readonly language: Language
  readonly subject: string
  /** In order; plain text. */
  readonly paragraphs: readonly string[]
  /** The one thing to do, after the first paragraph. */
  readonly link?: Link
  /** Lists of links under titles, after that. */
  readonly sections?: readonly { readonly title: string; readonly links: readonly Link[] }[]
  /** Other things to do, at the end. */
  readonly last?: readonly Link[]
}

type Link = { readonly text: string; readonly url: string }

/** A letter as plain text, and the same as plain HTML: no images, no styles, nothing loaded from anywhere. */
export function written(letter: Letter): { readonly subject: string; readonly text: string; readonly html: string } {
  const { link, sections = [], last = [] } = letter
  const [first = '', ...rest] = letter.paragraphs
  const text = [
    first,
    ...(link ? [inText(link)] : []),
    ...sections.flatMap(({ title, links }) => [title, ...links.map((one) => `- ${one.text}\n  ${one.url}`)]),
    ...rest,
    ...last.map(inText),
  ]
  const html = [
    `<p>${escaped(first)}</p>`,
    ...(link ? [`<p><a href="${escaped(link.url)}">${escaped(link.text)}</a></p>`, `<p>${escaped(link.url)}</p>`] : []),
    ...sections.flatMap(({ title, links }) => [
      `<h2>${escaped(title)}</h2>`,
      `<ul>${links.map((one) => `<li>${inHtml(one)}</li>`).join('')}</ul>`,
    ]),
    ...rest.map((paragraph) => `<p>${escaped(paragraph)}</p>`),
    ...last.map((one) => `<p>${inHtml(one)}</p>`),
  ]
  return {
    subject: letter.subject.replaceAll(/\s+/g, ' '),
    text: `${text.join('\n\n')}\n`,
    html: `<!doctype html><html lang="${letter.language}"><head><meta charset="utf-8"><title>${escaped(letter.subject)}</title></head><body>${html.join('\n')}</body></html>`,
  }
}

function inText({ text, url }: Link): string {
  return `${text}:\n${url}`
}

function inHtml({ text, url }: Link): string {
  return `<a href="${escaped(url)}">${escaped(text)}</a>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
