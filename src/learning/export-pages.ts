import { stringify } from 'csv-stringify/sync'
import type { Router } from 'express'
import type { App } from '../app.ts'
import { dayOf } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { withoutFormulasWithin } from '../directory/export.ts'
import { admit } from '../web/page.ts'
import { visitOf, type SignedInVisit } from '../web/visit.ts'
import { logColumns, logForms, logJson, logMarkdown, logRow, type LogForm } from './log-export.ts'
import type { Learned } from './log.ts'
import { logOf } from './views.ts'

const types: Readonly<Record<LogForm, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  md: 'text/markdown; charset=utf-8',
  json: 'application/json; charset=utf-8',
}

/** Her learning log as a file: for a spreadsheet, for an appraisal, or for another program. */
export function addLogExport(router: Router, app: App): void {
  router.get(paths.learningExport(':form'), async (request, response) => {
    const admitted = admit('signed-in', visitOf(app, request))
    if ('redirect' in admitted) return response.redirect(admitted.redirect)
    const { visit } = admitted
    const form = logForms.find((one) => one === visit.params['form'])
    if (!form) throw new Refusal('not-found')
    const year = visit.query['year']
    const lines = await logOf(app.db, visit.account.id, year)
    response.set({
      'content-type': types[form],
      'content-disposition': `attachment; filename="learning-${year ?? dayOf(visit.now)}.${form}"`.replaceAll(
        /[^\x20-\x7e]/g,
        '',
      ),
      'cache-control': 'no-store',
    })
    response.send(written(form, lines, visit))
  })
}

function written(form: LogForm, lines: readonly Learned[], { language, t, now }: SignedInVisit): string {
  if (form === 'md') return logMarkdown(lines, language, t)
  if (form === 'json') return logJson(lines, now)
  // The mark at the beginning lets spreadsheets read letters with accents; a text that begins like a formula stays a text.
  return `\uFEFF${stringify(
    lines.map((line) => logRow(line, language, t)),
    {
      header: true,
      columns: logColumns.map((key) => ({ key, header: t(`learning:export.${key}`) })),
      escape_formulas: true,
      cast: { string: withoutFormulasWithin },
      quoted_string: true, // a single line feed within a text would not be quoted by itself
      record_delimiter: 'windows',
    },
  )}`
}
