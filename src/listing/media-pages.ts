import type { Router } from 'express'
import type { App } from '../app.ts'
import { day } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { pictureReach, pictureType } from '../profile/picture.ts'
import { levelOf } from '../profile/profile.ts'
import { visitOf } from '../web/visit.ts'
import { pictureBytes, shownPicture } from './picture-views.ts'

/** How long others keep a picture without asking: a day, since they still show it for so long after she took it back. */
const keptFor = day / 1000

/**
 * Pictures, for those who may see them at this moment; 404 for everybody else, and for good once one was replaced or removed. Whatever
 * a file may hold, a browser takes it for a picture and nothing else (FEDERATION.md, Pictures).
 */
export function addMediaRoute(router: Router, app: App): void {
  router.get(paths.media(':file'), async (request, response) => {
    const { account, now } = visitOf(app, request)
    const file = String(request.params['file'])
    const found = /^[0-9a-z]{20}\.jpg$/.test(file) ? await shownPicture(app.db, now, file) : undefined
    const reach =
      found &&
      pictureReach({
        ...found,
        level: levelOf(found.audience, 'picture'),
        isOwner: account?.state === 'active' && account.id === found.accountId,
        isMember: account?.state === 'active',
      })
    const bytes = reach && (await pictureBytes(app.db, file))
    if (!bytes) throw new Refusal('not-found')
    // An answer to somebody signed in renews her session, which no cache between may keep.
    const cache = `${account ? 'private' : 'public'}, max-age=${keptFor}`
    if (reach !== 'everyone' || !found?.discovery) response.set('x-robots-tag', 'noindex')
    response
      .set({
        'cache-control': reach === 'everyone' ? cache : 'private, no-cache',
        'content-disposition': 'inline',
        'content-security-policy': "sandbox; default-src 'none'",
        'cross-origin-resource-policy': reach === 'everyone' ? 'cross-origin' : 'same-origin',
        'x-content-type-options': 'nosniff',
        etag: `"${file}"`,
      })
      .type(pictureType)
      .send(bytes)
  })
}
