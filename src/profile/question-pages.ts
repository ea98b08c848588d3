import type { Router } from 'express'
import type { App } from '../app.ts'
import { InvalidInput } from '../common/errors.ts'
import { holidayRegions } from '../common/holidays.ts'
import { paths } from '../common/paths.ts'
import { countries, vocabulary } from '../common/vocabularies.ts'
import { form } from '../web/form.ts'
import type { Redirect, View } from '../web/page.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { saveFields } from './actions.ts'
import type { Part } from './checking.ts'
import { languageChoices } from './choosing.ts'
import { levelOf, type Audience, type ProfileFields } from './profile.ts'
import { firstQuestions, question, questionAfter, type Question, type QuestionSlug } from './questions.ts'
import { profileOf } from './views.ts'
import { halfHours, isOfficeWeek, officeWeek, timeZones, weekDays, type WorkingPattern } from './working-week.ts'

type Shown = View & { readonly values: View }

export type QuestionPage = {
  readonly slug: QuestionSlug
  /** The template; `profile/text.njk` asks for one line of text. */
  readonly view: string
  /** What the form shows first, and what else the template needs. */
  readonly show: (visit: SignedInVisit, fields: ProfileFields) => Shown | Promise<Shown>
  /** The answers in what was sent. */
  readonly read: (body: Body) => Part
  /** Another button than Continue: where it leads, or undefined when it was not pressed. */
  readonly instead?: (visit: SignedInVisit, body: Body) => Redirect | undefined
}

/** Serves one question. Every Continue saves; it leads on, or back to the answers for those who came from there. */
export function ask(router: Router, app: App, options: QuestionPage): void {
  const asked = question(options.slug)
  form(router, app, paths.profile(asked.slug), {
    who: 'signed-in',
    view: options.view,
    load: async (visit) => {
      const profile = await profileOf(app.db, visit.account.id)
      return {
        ...surroundings(asked, visit, profile?.audience ?? {}),
        ...(await options.show(visit, profile?.fields ?? {})),
      }
    },
    submit: async (visit, body) => {
      const elsewhere = options.instead?.(visit, body)
      if (elsewhere) return elsewhere
      await saveFields(app, visit.account.id, options.read(body))
      return { redirect: await nextPath(app, asked, visit) }
    },
  })
}

async function nextPath(app: App, asked: Question, visit: SignedInVisit): Promise<string> {
  if (visit.query['from'] === 'check') return paths.profileCheck
  const profile = await profileOf(app.db, visit.account.id)
  const next = questionAfter(asked, profile?.fields ?? {})
  return next ? paths.profile(next.slug) : paths.profileCheck
}

function surroundings(asked: Question, visit: SignedInVisit, audience: Audience): View {
  const place = firstQuestions.findIndex((one) => one.slug === asked.slug)
  const before = firstQuestions[place - 1]
  const onTheWay = place !== -1 && visit.query['from'] !== 'check'
  const levels = [...new Set(asked.fields.map((field) => levelOf(audience, field)))]
  return {
    slug: asked.slug,
    field: asked.fields[0],
    back: onTheWay ? (before ? paths.profile(before.slug) : paths.myProfile) : paths.profileCheck,
    step: onTheWay ? { number: place + 1, of: firstQuestions.length } : undefined,
    seenBy: levels.length === 1 ? levels[0] : 'mixed',
  }
}

const languageCount = 8

/** The questions that are asked with text boxes, radio buttons, checkboxes and select lists. */
export function questionPages(router: Router, app: App): void {
  for (const [slug, field, length, autocomplete] of [
    ['name', 'displayName', 60, 'name'],
    ['job-title', 'jobTitle', 80, 'organization-title'],
    ['place', 'place', 40, undefined],
    ['address-me', 'addressMe', 60, undefined],
  ] as const) {
    ask(router, app, {
      slug,
      view: 'profile/text.njk',
      show: (_visit, fields) => ({ length, autocomplete, values: { [field]: fields[field] ?? '' } }),
      read: (body) => ({ [field]: body.text(field) || undefined }),
    })
  }
  ask(router, app, {
    slug: 'introduction',
    view: 'profile/introduction.njk',
    show: (_visit, fields) => ({ values: { introduction: fields.introduction ?? '' } }),
    read: (body) => ({ introduction: body.text('introduction') || undefined }),
  })
  ask(router, app, {
    slug: 'only-one',
    view: 'profile/radios.njk',
    show: (visit, fields) => ({
      items: vocabulary('only-one').concepts.map(({ id, label }) => ({ value: id, text: label[visit.language] })),
      values: { onlyOne: fields.onlyOne },
    }),
    read: (body) => ({ onlyOne: oneOf(['none', 'team', 'organisation'], body.text('onlyOne'), 'onlyOne') }),
  })
  ask(router, app, {
    slug: 'time-in-role',
    view: 'profile/radios.njk',
    show: (visit, fields) => ({
      items: times.map((value) => ({ value, text: visit.t(`profile:timeInRole.${value}`) })),
      values: { timeInRole: fields.timeInRole },
    }),
    read: (body) => ({ timeInRole: oneOf(times, body.text('timeInRole'), 'timeInRole') }),
  })
  ask(router, app, {
    slug: 'organisation',
    view: 'profile/organisation.njk',
    show: (visit, fields) => ({
      sectors: vocabulary('sectors').concepts.map(({ id, label }) => ({ value: id, text: label[visit.language] })),
      countries: countries(visit.language).map(({ code, name }) => ({ value: code, text: name })),
      values: {
        organisation: fields.organisation ?? app.config.name,
        sector: fields.sector ?? app.config.sector,
        country: fields.country ?? app.config.country,
      },
    }),
    read: (body) => ({
      organisation: body.text('organisation') || undefined,
      sector: body.text('sector') || undefined,
      country: body.text('country') || undefined,
    }),
  })
  ask(router, app, {
    slug: 'boundaries',
    view: 'profile/boundaries.njk',
    show: (visit, fields) => ({
      items: vocabulary('boundaries').concepts.map(({ id, label }) => ({ value: id, text: label[visit.language] })),
      values: { boundaries: fields.boundaries ?? [] },
    }),
    // Which lines there are, the schema says.
    read: (body) => ({ boundaries: body.all('boundaries') as NonNullable<ProfileFields['boundaries']> }),
  })
  ask(router, app, { slug: 'languages', view: 'profile/languages.njk', show: showLanguages, read: readLanguages })
  ask(router, app, { slug: 'hours', view: 'profile/hours.njk', show: showHours, read: readHours })
}

const times = ['new', 'settled', 'long'] as const
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1)

/** One of the answers that were offered, undefined for none of them; InvalidInput for anything else. */
function oneOf<Answer extends string>(answers: readonly Answer[], given: string, field: string): Answer | undefined {
  const answer = answers.find((one) => one === given)
  if (answer === undefined && given !== '') throw new InvalidInput([{ field, rule: 'enum' }])
  return answer
}

function showLanguages(visit: SignedInVisit, fields: ProfileFields): View & { readonly values: View } {
  const spoken = fields.languages ?? []
  const suggested = spoken.length === 0 ? visit.language : ''
  const rows = numbers(Math.min(languageCount, Math.max(3, spoken.length + 1)))
  return {
    rows,
    languages: languageChoices(visit.language).map(({ tag, name }) => ({ value: tag, text: name })),
    levels: vocabulary('language-levels').concepts.map(({ id, label }) => ({ value: id, text: label[visit.language] })),
    values: Object.fromEntries(
      rows.flatMap((place) => [
        [`tag${place}`, spoken[place - 1]?.tag ?? (place === 1 ? suggested : '')],
        [`level${place}`, spoken[place - 1]?.level ?? ''],
      ]),
    ),
  }
}

function readLanguages(body: Body): Part {
  const languages = numbers(languageCount).flatMap((place) => {
    const tag = body.text(`tag${place}`)
    const level = oneOf(['easy', 'fine', 'slow'] as const, body.text(`level${place}`), 'languages')
    if (tag === '') return []
    if (level === undefined) throw new InvalidInput([{ field: 'languages', rule: 'level' }])
    return [{ tag, level }]
  })
  return { languages: languages.length > 0 ? languages : undefined }
}

function showHours(visit: SignedInVisit, fields: ProfileFields): View & { readonly values: View } {
  const week = fields.workingPattern
  return {
    zones: timeZones().map((zone) => ({ value: zone, text: zone.replaceAll('_', ' ') })),
    days: weekDays,
    halfHours: halfHours.map((time) => ({ value: time, text: time })),
    regions: holidayRegions(fields.country ?? '', visit.language).map(({ id, name }) => ({ value: id, text: name })),
    values: {
      timeZone: fields.timeZone ?? visit.app.config.timeZone,
      holidayRegion: fields.holidayRegion ?? '',
      week: week === undefined ? '' : isOfficeWeek(week) ? 'office' : 'own',
      ...Object.fromEntries(
        weekDays.flatMap((day) => [
          [`${day}-from`, week?.[day]?.[0]?.from ?? ''],
          [`${day}-to`, week?.[day]?.[0]?.to ?? ''],
        ]),
      ),
    },
  }
}

function readHours(body: Body): Part {
  const timeZone = body.text('timeZone') || undefined
  const holidayRegion = body.text('holidayRegion') || undefined
  const kind = oneOf(['office', 'own', 'none'] as const, body.text('week'), 'workingPattern')
  if (kind === 'office') return { timeZone, holidayRegion, workingPattern: officeWeek }
  if (kind === 'none') return { timeZone, holidayRegion, workingPattern: undefined }
  const days = weekDays.flatMap((day) => {
    const [from, to] = [body.text(`${day}-from`), body.text(`${day}-to`)]
    if (from === '' && to === '') return []
    if (from === '' || to === '') throw new InvalidInput([{ field: 'workingPattern', rule: 'order' }])
    return [[day, [{ from, to }]] as const]
  })
  if (kind === 'own' && days.length === 0) throw new InvalidInput([{ field: 'workingPattern', rule: 'required' }])
  const week: WorkingPattern = Object.fromEntries(days)
  return { timeZone, holidayRegion, workingPattern: days.length > 0 ? week : undefined }
}
