import { fileURLToPath } from 'node:url'
import type { Express } from 'express'
import nunjucks from 'nunjucks'
import { countryName, labelOf, languageName, type Language, type VocabularyName } from '../common/vocabularies.ts'
import { longDay, moment } from '../common/days.ts'
import { paths } from '../common/paths.ts'
import type { App } from '../app.ts'

const src = fileURLToPath(new URL('../', import.meta.url))
const govuk = fileURLToPath(new URL('../../node_modules/govuk-frontend/dist/', import.meta.url))

/** Teaches Express our templates: nunjucks with autoescape, beside the pages that use them, and GOV.UK's macros. */
export function useTemplates(server: Express, app: App): void {
  const templates = nunjucks.configure([src, govuk], {
    autoescape: true,
    express: server,
    noCache: false,
    watch: false,
  })
  templates.addGlobal('paths', paths)
  templates.addGlobal('nodeName', app.config.name)
  templates.addGlobal('origin', app.config.origin)
  templates.addGlobal('source', app.config.source)
  templates.addGlobal('host', new URL(app.config.origin).host)
  templates.addGlobal('conceptLabel', (name: VocabularyName, id: string, language: Language) =>
    labelOf(name, id, language),
  )
  templates.addGlobal('countryName', countryName)
  templates.addGlobal('languageName', languageName)
  templates.addFilter('day', (instant: Date | string, language: Language) => longDay(instant, language))
  templates.addFilter('moment', (instant: Date | string, language: Language, zone?: string) =>
    moment(instant, language, zone ?? app.config.timeZone),
  )
  templates.addFilter(
    'languageAddress',
    (address: string, language: Language) => `${address}${address.includes('?') ? '&' : '?'}lang=${language}`,
  )
  templates.addFilter('optionElements', optionElements)
  server.set('view engine', 'njk')
}

type Option = { readonly value: string; readonly text: string }
type OptionGroup = { readonly label?: string; readonly options: readonly Option[] }

// Lists of hundreds: a loop of the template engine takes longer for them than for all the rest of their page.
function optionElements(groups: readonly OptionGroup[]): unknown {
  const html = groups.map(({ label, options }) => {
    const inside = options
      .map(({ value, text }) => `<option value="${escaped(value)}">${escaped(text)}</option>`)
      .join('')
    return label === undefined ? inside : `<optgroup label="${escaped(label)}">${inside}</optgroup>`
  })
  return new nunjucks.runtime.SafeString(html.join(''))
}

function escaped(text: string): string {
  if (!/[&<>"]/.test(text)) return text
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
