import type { Language } from './vocabularies.ts'

/** What a mail says, in the reader's language. */
export type Letter = {
  readonly language: Language
  readonly subject: string
  /** In order; plain text. */
  readonly paragraphs: readonly string[]
  /** The one thing to do, after the first paragraph. */
  readonly link?: { readonly text: string; readonly url: string }
}

/** A letter as plain text, and the same as plain HTML: no images, no styles, nothing loaded from anywhere. */
export function written(letter: Letter): { readonly subject: string; readonly text: string; readonly html: string } {
  const { link } = letter
  const [first = '', ...rest] = letter.paragraphs
  const text = [first, ...(link ? [`${link.text}:\n${link.url}`] : []), ...rest]
  const html = [
    `<p>${escaped(first)}</p>`,
    ...(link ? [`<p><a href="${escaped(link.url)}">${escaped(link.text)}</a></p>`, `<p>${escaped(link.url)}</p>`] : []),
    ...rest.map((paragraph) => `<p>${escaped(paragraph)}</p>`),
  ]
  return {
    subject: letter.subject.replaceAll(/\s+/g, ' '),
    text: `${text.join('\n\n')}\n`,
    html: `<!doctype html><html lang="${letter.language}"><head><meta charset="utf-8"><title>${escaped(letter.subject)}</title></head><body>${html.join('\n')}</body></html>`,
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
