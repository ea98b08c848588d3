import type { Response } from 'express'
import { linkedDataJson } from './context.ts'
import type { JsonDocument } from './documents.ts'

/** Answers with one of our documents; caches keep it for a minute, or for as many milliseconds as are left to it. */
export function answer(response: Response, document: JsonDocument, status = 200, left = 60_000): void {
  const seconds = Math.max(0, Math.floor(Math.min(left, 60_000) / 1000))
  response
    .status(status)
    .type(linkedDataJson)
    .vary('accept')
    .set('cache-control', `public, max-age=${seconds}`)
    .send(JSON.stringify(document))
}

/** What is not there, or not for whoever asks. */
export function nothing(response: Response): void {
  response.status(404).type('text').send('Not found\n')
}
