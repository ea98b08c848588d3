import type { App, Needs } from '../app.ts'
import { InvalidInput, Refusal } from '../common/errors.ts'
import { addresses } from '../common/addresses.ts'
import type { Language } from '../common/vocabularies.ts'
import type { Tx } from '../database/database.ts'
import { listingOf } from '../listing/views.ts'
import { keepReceipt } from '../profile/steps.ts'
import { profileOf } from '../profile/views.ts'
import { day, later } from '../common/clock.ts'
import {
  dayAt,
  everies,
  firstDayOf,
  longestPlace,
  mostHours,
  ownClock,
  termsProblems,
  type HoursTerms,
  type OfficeHours,
} from './office-hours.ts'
import { isLive, keptDays } from './booking.ts'
import { callOff, endAll, moveUp, newEdition, tellFollowers } from './steps.ts'
import { addHours, addOffDay, forget, keepPlace, liveAt, lockHours } from './store.ts'
import { bookingById, comingTo, hoursOf, timesOf } from './views.ts'

type Hours = Needs & Pick<App, 'config' | 'words'>

/** The version of the wording that lets followers be told; a changed wording gets a new one. */
const toldVersion = 'v1'

/** What somebody says who lets her followers be told: the same words on the page and in the receipt. */
export function toldWording({ words, config }: Pick<App, 'words' | 'config'>, language: Language): string {
  return words.in(language)(`bookings:consent.told.${toldVersion}`, { host: addresses(config.origin).host })
}

/**
 * Somebody sets office hours. InvalidInput with everything that is wrong; Refusal not-listed where nobody could find her,
 * office-hours-enough beyond four. Returns their id.
 */
export function setOfficeHours(
  needs: Hours,
  accountId: string,
  { terms, language }: { readonly terms: HoursTerms; readonly language: Language },
): Promise<string> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const listing = await listingOf(tx, accountId)
    const profile = await profileOf(tx, accountId)
    if (!listing || !profile) throw new Refusal('not-listed')
    const own = ownClock(profile.fields, now)
    const problems = termsProblems(terms, own, now)
    const every = everies.find((one) => one === terms.every)
    if (problems.length > 0 || own.zone === undefined || every === undefined) throw new InvalidInput(problems)
    const hours: OfficeHours = {
      id: needs.newId(),
      accountId,
      personId: listing.personId,
      firstDay: firstDayOf(terms, own.zone, now),
      untilDay: terms.untilDay,
      startsAt: terms.startsAt,
      minutes: terms.minutes,
      every,
      zone: own.zone,
      country: profile.fields.country ?? null,
      region: profile.fields.holidayRegion ?? null,
      capacity: terms.capacity,
      place: terms.place,
      told: terms.told && listing.public,
      offDays: [],
      madeAt: now,
      endedAt: null,
    }
    if (timesOf(hours, now).length === 0) throw new InvalidInput([{ field: 'untilDay', rule: 'noTime' }])
    if ((await hoursOf(tx, accountId, now)).length >= mostHours)
      throw new Refusal('office-hours-enough', { limit: mostHours })
    await addHours(tx, hours)
    if (hours.told) await keepToldReceipt(tx, needs, accountId, language)
    await tellFollowers(tx, hours)
    return hours.id
  })
}

async function keepToldReceipt(tx: Tx, needs: Hours, accountId: string, language: Language): Promise<void> {
  await keepReceipt(tx, {
    id: needs.newId(),
    accountId,
    purpose: 'post-office-hours',
    given: true,
    wordingVersion: `post-office-hours.${toldVersion}.${language}`,
    wording: toldWording(needs, language),
    language,
    channel: 'page',
    at: needs.now(),
  })
}

async function ownHours(tx: Tx, accountId: string, hoursId: string): Promise<OfficeHours> {
  const hours = await lockHours(tx, hoursId)
  if (hours?.accountId !== accountId) throw new Refusal('booking-unknown')
  return hours
}

/** She calls off one day of her office hours, and with it whatever was booked; once more does nothing. */
export function callOffDay(needs: Needs, accountId: string, hoursId: string, which: string): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const hours = await ownHours(tx, accountId, hoursId)
    if (hours.offDays.includes(which)) return
    if (!timesOf(hours, now).some((sitting) => sitting.day === which)) throw new Refusal('booking-not-possible')
    await addOffDay(tx, hoursId, which)
    for (const booking of await liveAt(tx, hoursId, which)) await callOff(tx, booking)
    await tellFollowers(tx, hours)
  })
}

/** She says where to meet from now on; who has booked finds it on her own page. */
export function changePlace(needs: Needs, accountId: string, hoursId: string, place: string): Promise<void> {
  if (place.length > longestPlace)
    throw new InvalidInput([{ field: 'meetingPlace', rule: 'maxLength', detail: { limit: longestPlace } }])
  return needs.db.transaction(async (tx) => {
    const hours = await ownHours(tx, accountId, hoursId)
    if (hours.endedAt !== null) throw new Refusal('booking-not-possible')
    await keepPlace(tx, hoursId, place)
    const coming = await comingTo(tx, accountId, needs.now())
    for (const booking of coming.filter((one) => one.hoursId === hoursId && one.guestActor !== null))
      await newEdition(tx, booking)
  })
}

/** She ends her office hours, with whatever was booked; once more does nothing. */
export function endOfficeHours(needs: Needs, accountId: string, hoursId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const hours = await ownHours(tx, accountId, hoursId)
    if (hours.endedAt === null) await endAll(tx, needs, hours)
  })
}

/** Ends office hours whose owner is not listed any more under the id that others know. */
export function endLeftBehind(needs: Needs, hoursId: string): Promise<void> {
  return needs.db.transaction(async (tx) => {
    const hours = await lockHours(tx, hoursId)
    if (hours?.endedAt === null) await endAll(tx, needs, hours)
  })
}

/** Ends a booking of two people who are kept apart from now on, and gives the place to whoever waits. */
export function endApart(needs: Needs, bookingId: string): Promise<void> {
  const now = needs.now()
  return needs.db.transaction(async (tx) => {
    const known = await bookingById(tx, bookingId, now)
    const hours = known && (await lockHours(tx, known.hoursId))
    const booking = await bookingById(tx, bookingId, now)
    if (!hours || !booking || !isLive(booking, now)) return
    await callOff(tx, booking)
    await moveUp(tx, hours, booking.day)
  })
}

/** Forgets bookings a day after their time or 30 days after they were made, and office hours 30 days after their end. */
export function tidyBookings(needs: Needs): Promise<void> {
  const now = needs.now()
  return needs.db.transaction((tx) => forget(tx, now, dayAt(later(now, -keptDays * day), 'UTC')))
}
