import type { Router } from 'express'
import type { App } from '../app.ts'
import { moment } from '../common/days.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { publicPerson } from '../listing/views.ts'
import { page } from '../web/page.ts'
import { bookable, bookableDays } from './office-hours.ts'
import { hoursOfPerson, takenAt, timesOf } from './views.ts'

/** The office hours of a person in public scope, for everyone: where posts about them lead to. In UTC, since her own clock is not told. */
export function addPublicPage(router: Router, app: App): void {
  page(router, app, paths.personHours(':handle'), {
    who: 'anyone',
    view: 'bookings/public.njk',
    load: async ({ params, now, language, request }) => {
      const handle = (params['handle'] ?? '').toLowerCase()
      const person = await publicPerson(app.db, now, { handle })
      if (!person) throw new Refusal('not-found')
      if (!person.discovery) request.res?.set('x-robots-tag', 'noindex, noai')
      const hours = await hoursOfPerson(app.db, person.personId, now)
      const taken = await takenAt(
        app.db,
        hours.map(({ id }) => id),
      )
      const times = hours.flatMap((one) =>
        bookable(timesOf(one, now), now).map(({ day, from }) => ({
          from,
          text: moment(from, language, 'UTC'),
          isFull: (taken.get(`${one.id} ${day}`)?.booked ?? 0) >= one.capacity,
        })),
      )
      return {
        back: paths.person(handle),
        name: person.name,
        days: bookableDays,
        times: times.toSorted((one, other) => one.from.getTime() - other.from.getTime()),
      }
    },
  })
}
