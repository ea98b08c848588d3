import { hash } from 'node:crypto'

/** The strong ETag of a text (RFC 9110 8.8.3): the same bytes have the same one, whichever process serves them. */
export function etagOf(text: string): string {
  return `"${hash('sha256', text, 'base64url')}"`
}

/** Whether what an If-None-Match says covers this ETag, compared weakly as for every GET (RFC 9110 13.1.2). */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return (
    ifNoneMatch === etag || ifNoneMatch.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')))
  )
}
