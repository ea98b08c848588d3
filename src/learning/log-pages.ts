import type { Router } from 'express'
import type { App } from '../app.ts'
import { dayOf } from '../common/clock.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { concept, vocabulary, type Language } from '../common/vocabularies.ts'
import type { Translate } from '../common/words.ts'
import { typedDay } from '../listing/flag.ts'
import { form } from '../web/form.ts'
import { page } from '../web/page.ts'
import type { Body, SignedInVisit, Visit } from '../web/visit.ts'
import { addLearned, deleteLearned, editLearned } from './actions.ts'
import { kindLabel, lengthOf } from './log-export.ts'
import { cleanWhat, learnedProblems, minutesIn, minutesOf, type Learned, type LearnedText } from './log.ts'
import { learnedOf, logOf, yearsOf } from './views.ts'

const other = 'other'

/** Her own learning log: the list of a year, and adding, changing and deleting a line. Nobody else has a page about it. */
export function addLogPages(router: Router, app: App): void {
  page(router, app, paths.learning, {
    who: 'signed-in',
    view: 'learning/log.njk',
    load: (visit) => logPage(app, visit),
  })
  form(router, app, paths.newLearned, {
    who: 'signed-in',
    view: 'learning/line.njk',
    load: async (visit) => linePage(visit, begun(visit)),
    submit: async (visit, body) => {
      await addLearned(app, visit.account.id, lineIn(body, visit.now))
      visit.request.session.notice = visit.t('learning:line.added')
      return { redirect: paths.learning }
    },
  })
  form(router, app, paths.learned(':id'), {
    who: 'signed-in',
    view: 'learning/line.njk',
    load: async (visit) => ({ ...linePage(visit, valuesOf(await mine(app, visit))), id: idIn(visit) }),
    submit: async (visit, body) => {
      await editLearned(app, visit.account.id, idIn(visit), lineIn(body, visit.now))
      visit.request.session.notice = visit.t('learning:line.changed')
      return { redirect: paths.learning }
    },
  })
  form(router, app, paths.deleteLearned(':id'), {
    who: 'signed-in',
    view: 'learning/delete.njk',
    load: async (visit) => ({
      back: paths.learning,
      line: lineShown(await mine(app, visit), visit.language, visit.t),
    }),
    submit: async (visit) => {
      await deleteLearned(app, visit.account.id, idIn(visit))
      visit.request.session.notice = visit.t('learning:delete.done')
      return { redirect: paths.learning }
    },
  })
}

async function logPage(app: App, { account, language, t, query }: SignedInVisit) {
  const years = await yearsOf(app.db, account.id)
  const year = years.find((one) => one === query['year']) ?? years[0]
  const lines = year === undefined ? [] : await logOf(app.db, account.id, year)
  const minutes = minutesOf(lines)
  return {
    year,
    years,
    lines: lines.map((line) => lineShown(line, language, t)),
    sum: {
      count: t('learning:log.count', { count: lines.length }),
      hours: Math.floor(minutes / 60) > 0 ? t('learning:log.hours', { count: Math.floor(minutes / 60) }) : '',
      minutes: minutes % 60 > 0 ? t('learning:log.minutes', { count: minutes % 60 }) : '',
    },
  }
}

function lineShown(line: Learned, language: Language, t: Translate) {
  return { ...line, kind: kindLabel(line.kind, language, t), length: lengthOf(line, t)[0] }
}

function linePage({ now, language, t }: Visit, values: ReturnType<typeof valuesOf>) {
  const [year = '', month = '', day = ''] = dayOf(now).split('-')
  return {
    back: paths.learning,
    values,
    example: `${Number(day)} ${Number(month)} ${year}`,
    kinds: [
      { value: '', text: t('learning:line.chooseKind') },
      ...vocabulary('conversation-kinds').concepts.map(({ id, label }) => ({ value: id, text: label[language] })),
      { value: other, text: t('learning:log.otherKind') },
    ],
  }
}

// What a page about a chat already knows may stand in the address: its day, kind and length; never a name.
function begun({ query, now }: Visit): ReturnType<typeof valuesOf> {
  const given = query['day'] ?? ''
  const minutes = query['minutes'] ?? ''
  const kind = query['kind'] ?? ''
  return valuesOf({
    day: /^\d{4}-\d\d-\d\d$/.test(given) ? given : dayOf(now),
    kind: concept('conversation-kinds', kind) ? kind : '',
    what: '',
    minutes: /^\d{1,4}$/.test(minutes) ? Number(minutes) : null,
  })
}

function valuesOf(line: LearnedText) {
  const [year = '', month = '', day = ''] = line.day.split('-')
  return {
    'learnedOn-day': String(Number(day)),
    'learnedOn-month': String(Number(month)),
    'learnedOn-year': year,
    learnedKind: line.kind ?? other,
    learned: line.what,
    minutes: line.minutes === null ? '' : String(line.minutes),
  }
}

// All faults at once, in the order of the page.
function lineIn(body: Body, now: Date): LearnedText {
  const typed = typedDay('learnedOn', {
    day: body.text('learnedOn-day'),
    month: body.text('learnedOn-month'),
    year: body.text('learnedOn-year'),
  })
  const kind = body.text('learnedKind')
  const line: LearnedText = {
    day: 'day' in typed ? typed.day : dayOf(now),
    kind: kind === other ? null : kind,
    what: cleanWhat(body.text('learned')),
    minutes: minutesIn(body.text('minutes')),
  }
  const problems = learnedProblems(line, now).map((problem) =>
    problem.field === 'learnedKind' && kind === '' ? { ...problem, rule: 'choose' } : problem,
  )
  const all = [...('problem' in typed ? [typed.problem] : []), ...problems]
  if (all.length > 0) throw new InvalidInput(all)
  return line
}

async function mine(app: App, visit: SignedInVisit): Promise<Learned> {
  const line = await learnedOf(app.db, visit.account.id, idIn(visit))
  if (!line) throw new Refusal('not-found')
  return line
}

function idIn({ params }: Visit): string {
  return params['id'] ?? ''
}
