import type { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { admit } from '../web/page.ts'
import { visitOf } from '../web/visit.ts'
import { sequenceOf } from './calendar.ts'
import { aboutOf } from './mail-jobs.ts'
import { calendarFile } from './mails.ts'
import { chatOf } from './views.ts'

/** The file of an arranged chat for a calendar: with the places, so for its owner alone, signed in. */
export function addCalendarFile(router: Router, app: App): void {
  router.get(paths.chatCalendar(':id'), async (request, response) => {
    const admitted = admit('signed-in', visitOf(app, request))
    if ('redirect' in admitted) return response.redirect(admitted.redirect)
    const { account, params, now, language } = admitted.visit
    const chat = await chatOf(app.db, account.id, params['id'] ?? '', now)
    const plan = chat?.exchange.plan
    const about = chat && (await aboutOf(app, chat))
    if (!about || !plan?.slot || chat?.state !== 'arranged') throw new Refusal('chat-unknown')
    const reader = { mail: about.reader.mail, language }
    response.attachment('chat.ics').set({
      'cache-control': 'no-store',
      'content-type': 'text/calendar; charset=utf-8; method=PUBLISH',
    })
    response.send(calendarFile(app, { ...about, reader }, plan.slot, sequenceOf(plan)))
  })
}
