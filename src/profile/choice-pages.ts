import type { Router } from 'express'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import type { View } from '../web/page.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { choices } from './choosing.ts'
import type { ProfileFields } from './profile.ts'
import { ask } from './question-pages.ts'
import type { QuestionSlug } from './questions.ts'

type ListQuestion = {
  readonly slug: QuestionSlug & ('role' | 'share' | 'try')
  readonly list: 'roles' | 'practices'
  readonly field: 'roles' | 'shares' | 'wantsToTry'
  readonly wordsField: 'roleInWords' | 'sharesInWords' | 'wantsToTryInWords'
  /** How many answers in own words there is room for. */
  readonly words: 1 | 2
}

/** The questions that are answered from a long list: roles and practices, found by typing or by family, or put in own words. */
export function choicePages(router: Router, app: App): void {
  const listQuestions: readonly ListQuestion[] = [
    { slug: 'role', list: 'roles', field: 'roles', wordsField: 'roleInWords', words: 1 },
    { slug: 'share', list: 'practices', field: 'shares', wordsField: 'sharesInWords', words: 2 },
    { slug: 'try', list: 'practices', field: 'wantsToTry', wordsField: 'wantsToTryInWords', words: 2 },
  ]
  for (const asked of listQuestions) {
    ask(router, app, {
      slug: asked.slug,
      view: 'profile/choices.njk',
      show: (visit, fields) => show(asked, visit, fields),
      read: (body) => {
        const words = wordsIn(body)
        return {
          [asked.field]: body.all(asked.field),
          [asked.wordsField]: asked.wordsField === 'roleInWords' ? words[0] : words,
        }
      },
      instead: (visit, body) => (body.text('find') === '' ? undefined : { redirect: searchPath(asked, visit, body) }),
    })
  }
}

/** What a search leads to: the same page with what was ticked and written so far, which is not saved before Continue. */
function searchPath(asked: ListQuestion, visit: SignedInVisit, body: Body): string {
  const query = new URLSearchParams({ search: body.text('search') })
  for (const id of body.all(asked.field)) query.append('chosen', id)
  for (const text of wordsIn(body)) query.append('words', text)
  if (visit.query['from'] === 'check') query.set('from', 'check')
  return `${paths.profile(asked.slug)}?${query.toString()}`
}

function wordsIn(body: Body): readonly string[] {
  return [body.text('words1'), body.text('words2')].filter((text) => text !== '')
}

function show(asked: ListQuestion, visit: SignedInVisit, fields: ProfileFields): View & { readonly values: View } {
  const search = visit.query['search']
  const chosen = search === undefined ? (fields[asked.field] ?? []) : visit.queryAll('chosen')
  const words = search === undefined ? [fields[asked.wordsField] ?? []].flat() : visit.queryAll('words')
  const families = choices(asked.list, search ?? '', visit.language)
  return {
    list: asked.list,
    wordsField: asked.wordsField,
    wordsRoom: asked.words,
    families,
    searched: search === undefined || search === '' ? undefined : search,
    foundCount: families.flatMap(({ members }) => members).filter(({ found }) => found).length,
    wholeList: wholeListPath(asked, visit),
    values: { search: search ?? '', [asked.field]: chosen, words1: words[0] ?? '', words2: words[1] ?? '' },
  }
}

function wholeListPath(asked: ListQuestion, visit: SignedInVisit): string {
  const query = new URLSearchParams(visit.request.originalUrl.split('?')[1] ?? '')
  query.set('search', '')
  return `${paths.profile(asked.slug)}?${query.toString()}`
}
