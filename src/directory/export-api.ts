import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify/sync'
import { Router, type Request, type Response } from 'express'
import type { App } from '../app.ts'
import { dayOf } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { refuseParameters } from '../web/asked.ts'
import { answersIn, readFor } from '../web/program.ts'
import type { Visit } from '../web/visit.ts'
import type { Card } from './card.ts'
import { columns, csvRow, exportContext, linkedPerson, withoutFormulasWithin } from './export.ts'
import { publicPeople } from './export-views.ts'
import { shown } from './shown.ts'

/** Everybody who is public here as one file, where the host allows it; otherwise there is nothing at these addresses. */
export function exportApi(app: App): Router {
  const router = Router()
  router.get(paths.apiExport('csv'), async (request, response) => {
    const visit = open(request)
    const type = answersIn(request, 'text/csv')
    await send(request, response, `${type}; charset=utf-8; header=present`, 'csv', csv(visit))
  })
  router.get(paths.apiExport('jsonld'), async (request, response) => {
    open(request)
    const type = answersIn(request, 'application/ld+json', 'application/json')
    await send(request, response, type, 'jsonld', linked())
  })
  return router

  function open(request: Request): Visit {
    if (!app.config.openData) throw new Refusal('not-found')
    const visit = readFor(app, request, 'directory:read')
    refuseParameters(visit, request)
    return visit
  }

  async function send(
    request: Request,
    response: Response,
    type: string,
    ending: string,
    parts: AsyncIterable<string>,
  ): Promise<void> {
    const name = `${new URL(app.config.origin).hostname}-${dayOf(app.now())}.${ending}`
    response.set({
      'content-type': type,
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
    })
    if (request.method === 'HEAD') return void response.end()
    // A reader who goes away ends the reading; an error of ours ends the connection, so that half a file is not taken for a whole.
    await pipeline(Readable.from(parts), response)
  }

  async function* csv({ language, t }: Visit): AsyncGenerator<string> {
    const made = (rows: readonly unknown[], header: boolean): string =>
      // Spreadsheets run what begins like a formula; an apostrophe keeps it a text.
      stringify([...rows], {
        columns: [...columns],
        header,
        escape_formulas: true,
        cast: { string: withoutFormulasWithin },
        quoted_match: /[\r\n]/, // a single one within a text would not be quoted by itself
        record_delimiter: 'windows',
      })
    yield made([], true)
    for await (const people of publicPeople(app.db, app.now))
      yield made(
        people.map((card) => csvRow(card, shown(card, app, language, t))),
        false,
      )
  }

  async function* linked(): AsyncGenerator<string> {
    yield `{"@context":${JSON.stringify(exportContext)},"@graph":[`
    let between = '\n'
    for await (const people of publicPeople(app.db, app.now)) {
      yield between + people.map((card: Card) => JSON.stringify(linkedPerson(card))).join(',\n')
      between = ',\n'
    }
    yield '\n]}\n'
  }
}
