import type { Router } from 'express'
import type { App } from '../app.ts'
import { paths } from '../common/paths.ts'
import type { Translate } from '../common/words.ts'
import { button, form } from '../web/form.ts'
import { createLimit } from '../web/limits.ts'
import { readUpload } from '../web/upload.ts'
import type { Body, SignedInVisit } from '../web/visit.ts'
import { oneLine } from './checking.ts'
import { largestUpload } from './picture.ts'
import { removePicture, savePicture } from './picture-actions.ts'
import { choicesOf, levelOf, type Level } from './profile.ts'
import type { Said } from './steps.ts'
import { profileOf } from './views.ts'

/** Her picture: upload one, say what it shows and who sees it, put another in its place, remove it. Nobody needs one. */
export function picturePages(router: Router, app: App): void {
  // Reading a stranger's file is the dearest thing that a page does here.
  const limit = createLimit(app, { name: 'pictures', points: 20, seconds: 3600 })
  form(router, app, paths.picture, {
    who: 'signed-in',
    view: 'profile/picture.njk',
    read: readUpload('picture', largestUpload),
    load: async ({ account }) => {
      const { fields, audience } = (await profileOf(app.db, account.id)) ?? { fields: {}, audience: {} }
      return {
        back: paths.profileCheck,
        picture: fields.picture && { address: paths.media(fields.picture.name), alt: fields.picture.alt },
        choices: choicesOf('picture'),
        values: { alt: fields.picture?.alt ?? '', level: String(levelOf(audience, 'picture')) },
      }
    },
    submit: async (visit, body) => {
      const file = visit.request.file?.buffer
      if (file) await limit(visit.account.id)
      await savePicture(
        app,
        visit.account.id,
        { file: file && file.length > 0 ? file : undefined, alt: oneLine(body.text('alt')), level: levelIn(body) },
        pictureSaid(visit, app),
      )
      visit.request.session.notice = visit.t('profile:picture.saved')
      return { redirect: paths.picture }
    },
  })
  button(router, app, paths.removePicture, {
    who: 'signed-in',
    submit: async (visit) => {
      await removePicture(app, visit.account.id, pictureSaid(visit, app))
      visit.request.session.notice = visit.t('profile:picture.removed')
      return { redirect: paths.picture }
    },
  })
}

/** What a page says of a picture that everyone may see, as the receipt keeps it. */
export function pictureSaid(
  { language, t }: Pick<SignedInVisit, 'language'> & { readonly t: Translate },
  app: App,
): Said {
  return { language, wording: t('profile:picture.consent.v1', { host: new URL(app.config.origin).host }) }
}

// Whether the picture can have that level, the rule says.
function levelIn(body: Body): Level | undefined {
  const text = body.text('level')
  return text === '' ? undefined : (Number(text) as Level)
}
