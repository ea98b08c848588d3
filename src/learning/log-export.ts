import { rfc3339 } from '../common/clock.ts'
import { longDay } from '../common/days.ts'
import { conceptIri, labelOf, type Language } from '../common/vocabularies.ts'
import type { Translate } from '../common/words.ts'
import type { Learned } from './log.ts'

/** What a log can be taken away as. */
export const logForms = ['csv', 'md', 'json'] as const
export type LogForm = (typeof logForms)[number]

/** The columns of the CSV file, in order. */
export const logColumns = ['day', 'kind', 'minutes', 'learned'] as const

/** One line as a row of the CSV file. */
export function logRow(
  line: Learned,
  language: Language,
  t: Translate,
): Readonly<Record<(typeof logColumns)[number], string>> {
  return {
    day: line.day,
    kind: kindLabel(line.kind, language, t),
    minutes: line.minutes === null ? '' : String(line.minutes),
    learned: line.what,
  }
}

/** The whole log as Markdown, to paste into an appraisal: a heading for each line, and her words as she wrote them. */
export function logMarkdown(lines: readonly Learned[], language: Language, t: Translate): string {
  const parts = lines.map((line) => {
    const facts = [longDay(line.day, language), kindLabel(line.kind, language, t), ...lengthOf(line, t)]
    return `## ${facts.join(' – ')}\n\n${literal(line.what)}\n`
  })
  return [`# ${t('learning:log.title')}\n`, ...parts].join('\n')
}

/** The whole log as JSON. `kind` is the lasting address of the kind of conversation. */
export function logJson(lines: readonly Learned[], now: Date): string {
  const learned = lines.map(({ day, kind, minutes, what }) => ({
    day,
    kind: kind === null ? null : conceptIri('conversation-kinds', kind),
    minutes,
    learned: what,
  }))
  return `${JSON.stringify({ exported: rfc3339(now), learned }, undefined, 2)}\n`
}

/** What a person reads for the kind of a line. */
export function kindLabel(kind: string | null, language: Language, t: Translate): string {
  return kind === null ? t('learning:log.otherKind') : labelOf('conversation-kinds', kind, language)
}

/** How long it took in words, if she said. */
export function lengthOf({ minutes }: Pick<Learned, 'minutes'>, t: Translate): readonly string[] {
  return minutes === null ? [] : [t('learning:log.minutes', { count: minutes })]
}

// What Markdown would take for a heading, a list, a link or HTML stays what she typed; each line stays a line.
function literal(text: string): string {
  return text
    .replaceAll(/[\\`*_[\]<>#|~]/g, String.raw`\$&`)
    .replaceAll(/^(\s*)([-+])(?=\s)/gm, String.raw`$1\$2`)
    .replaceAll(/^(\s*\d+)([.)])(?=\s)/gm, String.raw`$1\$2`)
    .replaceAll(/(?<!\n)\n(?!\n)/g, '  \n')
}
