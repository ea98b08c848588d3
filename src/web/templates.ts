import { fileURLToPath } from 'node:url'
import type { Express } from 'express'
import nunjucks from 'nunjucks'
import { countryName, labelOf, languageName, type Language, type VocabularyName } from '../common/vocabularies.ts'
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
  server.set('view engine', 'njk')
}

/** A day as people write it: 30 November 2026. */
export function longDay(instant: Date | string, language: Language): string {
  return formatted(instant, language, { dateStyle: 'long', timeZone: 'UTC' })
}

/** A day and a time of day in a time zone: 30 November 2026, 14:05. */
export function moment(instant: Date | string, language: Language, timeZone: string): string {
  return formatted(instant, language, { dateStyle: 'long', timeStyle: 'short', timeZone })
}

function formatted(instant: Date | string, language: Language, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language === 'cy' ? 'cy' : 'en-GB', options).format(
    typeof instant === 'string' ? Date.parse(instant) : instant,
  )
}
