import { readdirSync, readFileSync } from 'node:fs'
import { createInstance, type TFunction } from 'i18next'
import { languages, type Language } from './vocabularies.ts'

export { languages, type Language }

/** Finds the sentence `area:key` in one language and fills its {{placeholders}}. Pages escape what it returns. */
export type Translate = (key: string, detail?: Readonly<Record<string, unknown>>) => string

export type Words = {
  in(language: Language): Translate
  /** Whether there is such a sentence. */
  has(key: string): boolean
}

const folder = new URL('./words/', import.meta.url)

/** Loads words/{language}/{area}.json. A missing sentence is an error under `strict`, and shows its key otherwise. */
export async function loadWords(strict: boolean): Promise<Words> {
  const areas = readdirSync(new URL('en/', folder)).map((file) => file.replace(/\.json$/, ''))
  const resources = Object.fromEntries(
    languages.map((language) => [
      language,
      Object.fromEntries(
        areas.map((area) => [area, JSON.parse(readFileSync(new URL(`${language}/${area}.json`, folder), 'utf8'))]),
      ),
    ]),
  )
  const instance = createInstance()
  await instance.init({
    resources,
    lng: 'en',
    fallbackLng: 'en',
    ns: areas,
    returnNull: false,
    interpolation: { escapeValue: false },
    saveMissing: strict,
    missingKeyHandler: (_languages, area, key) => {
      if (strict) throw new Error(`no words for ${area}:${key}`)
    },
  })
  const translators = new Map<Language, TFunction>(
    languages.map((language) => [language, instance.getFixedT(language)]),
  )
  // A page asks for a hundred sentences, most of them without anything to fill in.
  const plain = new Map<Language, Map<string, string>>(languages.map((language) => [language, new Map()]))
  return {
    in: (language) => {
      const translate = translators.get(language)
      const known = plain.get(language)
      return (key, detail) => {
        if (!translate) return key
        if (detail !== undefined) return translate(key, { ...detail })
        const kept = known?.get(key)
        if (kept !== undefined) return kept
        const text = translate(key)
        if (instance.exists(key)) known?.set(key, text) // any other key may be a stranger's
        return text
      }
    },
    has: (key) => instance.exists(key),
  }
}

/** The language a reader asked for, if we speak it; else undefined. */
export function asLanguage(value: unknown): Language | undefined {
  return languages.find((language) => language === value)
}
