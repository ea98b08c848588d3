import type { Router } from 'express'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import { form } from '../web/form.ts'
import type { Body } from '../web/visit.ts'
import { chooseHandle, saveAudience } from './actions.ts'
import { answerLines } from './answers.ts'
import { fieldGroups, type AudienceChoice } from './audience.ts'
import { pictureSaid } from './picture-pages.ts'
import { choicesOf, levelOf, type Level } from './profile.ts'
import { freeHandle, handleIsOut, profileOf } from './views.ts'

/** Who sees what, and the handle. */
export function audiencePages(router: Router, app: App): void {
  form(router, app, paths.profile('audience'), {
    who: 'signed-in',
    view: 'profile/audience.njk',
    load: async ({ account, language, t }) => {
      const { fields, audience } = (await profileOf(app.db, account.id)) ?? { fields: {}, audience: {} }
      const levels = fieldGroups.map(([field]) => [field, String(levelOf(audience, field))])
      return {
        back: paths.profileCheck,
        groups: fieldGroups
          .map(([field]) => ({
            field,
            choices: choicesOf(field),
            answer: answerLines(field, fields, language, t).join(', '),
          }))
          .filter(({ choices }) => choices.length > 1),
        values: { ...Object.fromEntries(levels), onlyOneInPublic: levelOf(audience, 'onlyOne') === 5 ? 'yes' : '' },
      }
    },
    submit: async (visit, body) => {
      const { account, request, t } = visit
      await saveAudience(app, account.id, audienceIn(body), pictureSaid(visit, app))
      request.session.notice = t('profile:audience.saved')
      return { redirect: paths.profileCheck }
    },
  })
  form(router, app, paths.profile('handle'), {
    who: 'signed-in',
    view: 'profile/handle.njk',
    load: async ({ account }) => {
      const profile = await profileOf(app.db, account.id)
      const suggested = profile?.fields.displayName
      return {
        back: paths.profileCheck,
        isOut: await handleIsOut(app.db, account.id),
        kept: profile?.handle ?? undefined,
        values: {
          handle: profile?.handle ?? (suggested && (await freeHandle(app.db, app.secrets.hashing, suggested))) ?? '',
        },
      }
    },
    submit: async ({ account }, body) => {
      await chooseHandle({ ...app, hashingKey: app.secrets.hashing }, account.id, body.text('handle'))
      return { redirect: paths.profileCheck }
    },
  })
}

function audienceIn(body: Body): AudienceChoice {
  const levels = fieldGroups.flatMap(([field]) => {
    const text = body.text(field)
    // Whether the field can have that level, the rule says.
    return text === '' ? [] : [[field, Number(text) as Level]]
  })
  return { levels: Object.fromEntries(levels), onlyOneInPublic: body.all('onlyOneInPublic').includes('yes') }
}
