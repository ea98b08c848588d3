import type { Request, Response } from 'express'
import { InvalidInput } from '../common/errors.ts'
import { etagOf, matchesEtag } from '../common/etag.ts'
import { asLanguage } from '../common/words.ts'
import { notKnown, type Given } from '../directory/query.ts'
import type { Visit } from './visit.ts'

/** The parameters of a request to the API without `lang`, which web/language.ts has followed; here it is only checked. */
export function askedOf(visit: Visit, request: Request): Given {
  const given = Object.fromEntries(Object.keys(request.query).map((name) => [name, visit.queryAll(name)]))
  const { lang = [], ...rest } = given
  if (lang.some((language) => asLanguage(language) === undefined))
    throw new InvalidInput([{ field: 'lang', rule: 'enum' }])
  return rest
}

/** Refuses every parameter but `lang`. */
export function refuseParameters(visit: Visit, request: Request): void {
  const others = Object.keys(askedOf(visit, request)).map((name) => notKnown(name))
  if (others.length > 0) throw new InvalidInput(others)
}

/**
 * Sends JSON that nobody keeps: what may be seen depends on who asks, and can end at any moment. A program that asks again with the
 * ETag is told when nothing changed, also where its library adds a Cache-Control of its own, as fetch does.
 */
export function answerJson(request: Request, response: Response, body: unknown): void {
  const text = JSON.stringify(body)
  const etag = etagOf(text)
  response.set({ 'cache-control': 'no-store', etag })
  if (matchesEtag(request.get('if-none-match'), etag)) return void response.status(304).end()
  response.type('json').send(text)
}
