import { InvalidInput, type Problem } from '../common/errors.ts'
import { isHolidayRegion } from '../common/holidays.ts'
import { parsePart, schemaOf } from '../common/parse.ts'
import { concept, countries, type VocabularyName } from '../common/vocabularies.ts'
import { fieldNames, type Field, type Profile, type ProfileFields } from './profile.ts'
import { questionOf, wanting } from './questions.ts'
import { isTimeZoneName, patternProblem } from './working-week.ts'

/** Some fields with new answers; `undefined` takes an answer back, a field that is not named stays as it is. */
export type Part = { readonly [Name in Field]?: Profile[Name] | undefined }

// Our own schema: `x-vocabulary` names one of the shipped lists.
const properties = schemaOf('profile')['properties'] as Readonly<
  Record<Field, { readonly 'x-vocabulary'?: VocabularyName }>
>

/** The fields with new answers put in, cleaned and checked; InvalidInput names everything that is wrong with them. */
export function withPart(fields: ProfileFields, part: Part): ProfileFields {
  const given = fieldNames.flatMap((field) => (field in part ? [[field, cleaned(part[field])] as const] : []))
  const answers = parsePart('profile', Object.fromEntries(given.filter(([, answer]) => answer !== undefined)))
  const changed: ProfileFields = {
    ...Object.fromEntries(Object.entries(fields).filter(([field]) => !(field in part))),
    ...answers,
  }
  const asked = new Set(given.map(([field]) => questionOf(field)))
  const problems = [...[...asked].flatMap((one) => wanting(one, changed)), ...unknownIn(answers), ...tooMuch(changed)]
  if (problems.length > 0) throw new InvalidInput(problems)
  return changed
}

/** One line of plain text: white space of any kind becomes single spaces, Unicode is composed, the ends are trimmed. */
export function oneLine(text: string): string {
  return text.normalize('NFC').replaceAll(/\s+/gu, ' ').trim()
}

/** An answer without empty texts and empty lists; undefined when nothing is left. */
function cleaned(answer: unknown): unknown {
  if (typeof answer === 'string') return oneLine(answer) || undefined
  if (!Array.isArray(answer)) return answer
  const kept = answer.map((item: unknown) => cleaned(item)).filter((item) => item !== undefined)
  return kept.length > 0 ? kept : undefined
}

function unknownIn(answers: ProfileFields): Problem[] {
  const unknown = (field: Field): Problem => ({ field, rule: 'unknown' })
  const problems = fieldNames
    .filter((field) => {
      const list = properties[field]['x-vocabulary']
      return (
        list !== undefined &&
        [answers[field] ?? []].flat().some((id) => typeof id !== 'string' || !isChoosable(list, id))
      )
    })
    .map(unknown)
  if (answers.country !== undefined && !isCountry(answers.country)) problems.push(unknown('country'))
  if (answers.timeZone !== undefined && !isTimeZoneName(answers.timeZone)) problems.push(unknown('timeZone'))
  if (answers.holidayRegion !== undefined && !isHolidayRegion(answers.holidayRegion))
    problems.push(unknown('holidayRegion'))
  if (answers.languages?.some(({ tag }) => !isLanguageTag(tag))) problems.push(unknown('languages'))
  if (answers.links?.some((link) => !isPlainLink(link))) problems.push({ field: 'links', rule: 'format' })
  return problems
}

function tooMuch(fields: ProfileFields): Problem[] {
  const problems: Problem[] = []
  // A listing carries two roles, from the list or in words (schemas/listing.json, hasOccupation).
  if (fields.roles?.length === 2 && fields.roleInWords !== undefined)
    problems.push({ field: 'roles', rule: 'maxItems', detail: { limit: 2 } })
  const tags = fields.languages?.map(({ tag }) => tag.toLowerCase()) ?? []
  if (new Set(tags).size < tags.length) problems.push({ field: 'languages', rule: 'uniqueItems' })
  const week = fields.workingPattern && patternProblem(fields.workingPattern)
  if (week) problems.push(week)
  return problems
}

/** Whether a concept is in a list and can be chosen: the families of roles and practices are headings. */
export function isChoosable(list: VocabularyName, id: string): boolean {
  const found = concept(list, id)
  if (!found) return false
  return (list !== 'roles' && list !== 'practices') || found.broader !== undefined
}

function isCountry(code: string): boolean {
  return countries('en').some((country) => country.code === code)
}

const languageNames = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })

/** Whether a BCP 47 tag is in its canonical form and names a language that Intl knows. */
export function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag)[0] === tag && languageNames.of(tag) !== undefined
  } catch {
    return false // RangeError is Intl's way of saying no
  }
}

/** Whether an https address has a host name with a dot, and no name or password in it. */
function isPlainLink(link: string): boolean {
  if (!URL.canParse(link)) return false
  const { hostname, username, password } = new URL(link)
  return hostname.includes('.') && username === '' && password === ''
}
