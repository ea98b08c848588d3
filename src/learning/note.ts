import type { Problem } from '../common/errors.ts'
import { languages, type Language } from '../common/vocabularies.ts'

/** How often she would like to talk to a peer. */
export const rhythms = ['week', 'fortnight', 'month'] as const
export type Rhythm = (typeof rhythms)[number]

/** What somebody says for a note about protected time. Kept nowhere. */
export type NoteTerms = {
  readonly name: string
  readonly manager: string
  readonly job: string
  readonly rhythm: Rhythm
  readonly language: Language
}

const longest = 100

/** What was typed for a note, or everything that is wrong with it, by form field. */
export function noteTerms(
  typed: Readonly<Record<'noteName' | 'manager' | 'job' | 'rhythm' | 'noteLanguage', string>>,
): { readonly terms: NoteTerms } | { readonly problems: readonly Problem[] } {
  const line = (text: string): string => text.normalize('NFC').replaceAll(/\s+/gu, ' ').trim()
  const texts = { noteName: line(typed.noteName), manager: line(typed.manager), job: line(typed.job) }
  const rhythm = rhythms.find((one) => one === typed.rhythm)
  const language = languages.find((one) => one === typed.noteLanguage)
  const long = Object.entries(texts).filter(([, text]) => Array.from(text).length > longest)
  if (rhythm && language && long.length === 0)
    return { terms: { name: texts.noteName, manager: texts.manager, job: texts.job, rhythm, language } }
  return {
    problems: [
      ...(rhythm ? [] : [{ field: 'rhythm', rule: 'choose' }]),
      ...long.map(([field]) => ({ field, rule: 'maxLength', detail: { limit: longest } })),
      ...(language ? [] : [{ field: 'noteLanguage', rule: 'choose' }]),
    ],
  }
}
