import { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { page } from '../web/page.ts'
import type { SignedInVisit } from '../web/visit.ts'
import { answerLines } from './answers.ts'
import { audiencePages } from './audience-pages.ts'
import { fieldGroups } from './audience.ts'
import { cardOf } from './card.ts'
import { choicePages } from './choice-pages.ts'
import {
  choicesOf,
  identifies,
  levelOf,
  shownAt,
  withheldFrom,
  type Field,
  type ProfileFields,
  type ReaderLevel,
  type StoredProfile,
} from './profile.ts'
import { linkPages } from './link-pages.ts'
import { picturePages } from './picture-pages.ts'
import { questionPages } from './question-pages.ts'
import { firstQuestions, isAnswered, missing, questionOf } from './questions.ts'
import { profileOf, receipts } from './views.ts'

/** Who somebody is: the questions, the answers, three previews, and the receipts. */
export function profilePages(app: App): Router {
  const router = Router()
  page(router, app, paths.myProfile, {
    who: 'signed-in',
    view: 'profile/start.njk',
    load: async ({ account }) => {
      const fields = (await profileOf(app.db, account.id))?.fields ?? {}
      if (firstQuestions.some((asked) => isAnswered(asked, fields))) return { redirect: paths.profileCheck }
      return { begin: paths.profile(firstQuestions[0].slug), count: firstQuestions.length }
    },
  })
  questionPages(router, app)
  choicePages(router, app)
  picturePages(router, app)
  linkPages(router, app)
  audiencePages(router, app)
  page(router, app, paths.profileCheck, {
    who: 'signed-in',
    view: 'profile/check.njk',
    load: async (visit) => {
      const profile = await profileOf(app.db, visit.account.id)
      const fields = profile?.fields ?? {}
      const all = fieldGroups.map(([field]) => row(field, visit, profile))
      const first = new Set<Field>(firstQuestions.flatMap((asked): readonly Field[] => asked.fields))
      return {
        first: all.filter(({ field }) => first.has(field)),
        further: all.filter(({ field }) => !first.has(field)),
        handle: profile?.handle ?? undefined,
        missing: missing(fields).map((asked) => asked.slug),
        previews: Object.keys(readers),
      }
    },
  })
  page(router, app, paths.preview(':who'), {
    who: 'signed-in',
    view: 'profile/preview.njk',
    load: async (visit) => {
      const who = visit.params['who'] ?? ''
      if (!isReader(who)) throw new Refusal('not-found')
      const profile = await profileOf(app.db, visit.account.id)
      return { who, previews: Object.keys(readers), back: paths.profileCheck, ...preview(readers[who], visit, profile) }
    },
  })
  page(router, app, paths.receipts, {
    who: 'signed-in',
    view: 'profile/receipts.njk',
    load: async ({ account }) => ({ receipts: await receipts(app.db, account.id) }),
  })
  return router
}

const readers = { stranger: 5, partner: 4, colleague: 3 } as const satisfies Readonly<Record<string, ReaderLevel>>

function isReader(who: string): who is keyof typeof readers {
  return Object.hasOwn(readers, who)
}

function row(field: Field, { language, t }: SignedInVisit, profile: StoredProfile | undefined) {
  return {
    field,
    lines: answerLines(field, profile?.fields ?? {}, language, t),
    level: levelOf(profile?.audience ?? {}, field),
    hasChoice: choicesOf(field).length > 1,
    slug: questionOf(field).slug,
  }
}

function preview(level: ReaderLevel, { language }: SignedInVisit, profile: StoredProfile | undefined) {
  const { fields, audience, handle } = profile ?? { fields: {}, audience: {}, handle: null }
  const shown: ProfileFields = shownAt(level, fields, audience)
  return {
    card: cardOf(shown, language),
    handle: level === 5 ? (handle ?? undefined) : undefined,
    organisation: shown.organisation,
    hasPicture: fields.picture !== undefined,
    identifies: identifies(shown),
    withheld: withheldFrom(level, fields, audience),
    isComplete: missing(fields).length === 0,
    leftOut: fieldGroups
      .filter(
        (group) =>
          group.some((field) => fields[field] !== undefined) &&
          group.every((field) => shown[field] === undefined) &&
          !(level === 4 && group[0] === 'picture'), // said on its own
      )
      .map(([field]) => ({ field, level: levelOf(audience, field), hasChoice: choicesOf(field).length > 1 })),
  }
}
