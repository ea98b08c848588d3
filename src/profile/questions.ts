import type { Problem } from '../common/errors.ts'
import type { Field, ProfileFields } from './profile.ts'

/** One page of the profile: what it asks, and what a listing cannot do without. */
export type Question = {
  /** Its place in the address, and the name of its words. */
  readonly slug: string
  readonly fields: readonly Field[]
  /** Answers that must be there: one of `oneOf`, or else `rule` is broken at the first of them. */
  readonly needs: readonly { readonly oneOf: readonly Field[]; readonly rule: 'required' | 'choose' }[]
}

/** The way to a first listing, in order. */
export const firstQuestions = [
  { slug: 'name', fields: ['displayName'], needs: [{ oneOf: ['displayName'], rule: 'required' }] },
  { slug: 'role', fields: ['roles', 'roleInWords'], needs: [{ oneOf: ['roles', 'roleInWords'], rule: 'choose' }] },
  { slug: 'only-one', fields: ['onlyOne'], needs: [] },
  {
    slug: 'organisation',
    fields: ['organisation', 'sector', 'country'],
    needs: [
      { oneOf: ['organisation'], rule: 'required' },
      { oneOf: ['sector'], rule: 'choose' },
      { oneOf: ['country'], rule: 'choose' },
    ],
  },
  { slug: 'languages', fields: ['languages'], needs: [{ oneOf: ['languages'], rule: 'choose' }] },
  { slug: 'share', fields: ['shares', 'sharesInWords'], needs: [] },
  { slug: 'try', fields: ['wantsToTry', 'wantsToTryInWords'], needs: [] },
  { slug: 'introduction', fields: ['introduction'], needs: [] },
] as const satisfies readonly Question[]

/** What can be said besides, each on a page of its own. */
export const furtherQuestions = [
  { slug: 'job-title', fields: ['jobTitle'], needs: [] },
  { slug: 'place', fields: ['place'], needs: [] },
  { slug: 'hours', fields: ['timeZone', 'workingPattern', 'holidayRegion'], needs: [] },
  { slug: 'address-me', fields: ['addressMe'], needs: [] },
  { slug: 'time-in-role', fields: ['timeInRole'], needs: [] },
  { slug: 'picture', fields: ['picture'], needs: [] },
  { slug: 'links', fields: ['links'], needs: [] },
  { slug: 'boundaries', fields: ['boundaries'], needs: [] },
] as const satisfies readonly Question[]

export type QuestionSlug = (typeof firstQuestions | typeof furtherQuestions)[number]['slug']

const questions: readonly Question[] = [...firstQuestions, ...furtherQuestions]

/** The question with that slug. */
export function question(slug: QuestionSlug): Question {
  const found = questions.find((one) => one.slug === slug)
  if (!found) throw new Error(`no question ${slug}`)
  return found
}

/** The question that asks for a field. */
export function questionOf(field: Field): Question {
  const found = questions.find((one) => one.fields.includes(field))
  if (!found) throw new Error(`no question asks for ${field}`)
  return found
}

/** Whether anything was said to a question. */
export function isAnswered(asked: Question, fields: ProfileFields): boolean {
  return asked.fields.some((field) => fields[field] !== undefined)
}

/** What is wanting in the answer to a question. */
export function wanting(asked: Question, fields: ProfileFields): readonly Problem[] {
  return asked.needs.flatMap(({ oneOf, rule }) =>
    oneOf.some((field) => fields[field] !== undefined) ? [] : [{ field: oneOf[0] ?? asked.slug, rule }],
  )
}

/** The questions that must still be answered before there can be a listing, in order. */
export function missing(fields: ProfileFields): readonly Question[] {
  return firstQuestions.filter((asked) => wanting(asked, fields).length > 0)
}

/** The question to ask after this one on the way to a first listing, or undefined when it is time to check the answers. */
export function questionAfter(asked: Question, fields: ProfileFields): Question | undefined {
  const place = firstQuestions.findIndex((one) => one.slug === asked.slug)
  if (place === -1) return undefined
  return firstQuestions.slice(place + 1).find((one) => !isAnswered(one, fields) || wanting(one, fields).length > 0)
}
