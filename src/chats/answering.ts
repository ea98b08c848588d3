import { day, instantOf, later } from '../common/clock.ts'
import { daysOff } from '../hours/days-off.ts'
import { ownPattern, ownZone, type OwnHours } from '../hours/meeting.ts'
import { momentAt, wallClock } from '../hours/week.ts'
import { weekDays } from '../profile/working-week.ts'
import { answerDays, latestDays, type Slot } from './chat.ts'

/**
 * Until when a request that is made now can be answered: the end of the tenth working day after today at the asker's place, by her own
 * week and without the holidays there. Never after the last day on which a chat may begin.
 */
export function lapsesAt(asker: OwnHours, now: Date): Date {
  const latest = later(now, latestDays * day)
  const within = { from: now.getTime(), until: latest.getTime() }
  const zone = ownZone(asker, within) ?? 'UTC'
  const off = asker.country === undefined ? [] : (daysOff(asker.country, within, asker.holidayRegion) ?? [])
  const free = new Set(off.flatMap((holiday) => (holiday.from === undefined ? [holiday.day] : [])))
  const pattern = ownPattern(asker)
  const today = wallClock(now.getTime(), zone).toPlainDate()
  let left = answerDays
  for (let ahead = 1; ahead <= latestDays; ahead += 1) {
    const date = today.add({ days: ahead })
    const name = weekDays[date.dayOfWeek - 1] ?? 'monday'
    if ((pattern[name] ?? []).length > 0 && !free.has(date.toString())) left -= 1
    if (left > 0) continue
    const end = instantOf(momentAt(date.add({ days: 1 }), '00:00', zone))
    return end === undefined || end > latest ? inSeconds(latest) : inSeconds(end)
  }
  return inSeconds(latest)
}

/** An instant as it travels: in whole seconds. */
export function inSeconds(instant: Date): Date {
  return later(instant, -(((instant.getTime() % 1000) + 1000) % 1000))
}

/** A time in whole seconds, as all of them travel. */
export function slotInSeconds({ from, until }: Slot): Slot {
  return { from: inSeconds(from), until: inSeconds(until) }
}
