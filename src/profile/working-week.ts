import type { Problem } from '../common/errors.ts'
import type { Profile } from './profile.ts'

/** A working week: for each day that has one, from when to when, in local time. */
export type WorkingPattern = NonNullable<Profile['workingPattern']>

export const weekDays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
export type WeekDay = (typeof weekDays)[number]

/** The half hours of a day, from 00:00 to 23:30. */
export const halfHours: readonly string[] = Array.from(
  { length: 48 },
  (_, index) => `${String(Math.floor(index / 2)).padStart(2, '0')}:${index % 2 === 0 ? '00' : '30'}`,
)

const nineToFive = [{ from: '09:00', to: '17:00' }]

/** Monday to Friday, nine to five. */
export const officeWeek: WorkingPattern = {
  monday: nineToFive,
  tuesday: nineToFive,
  wednesday: nineToFive,
  thursday: nineToFive,
  friday: nineToFive,
}

/** Whether a week is Monday to Friday, nine to five. */
export function isOfficeWeek(week: WorkingPattern): boolean {
  return weekDays.every((day) => JSON.stringify(week[day] ?? []) === JSON.stringify(officeWeek[day] ?? []))
}

/** What is wrong with a week: a span that ends before it begins, or one that begins before the last has ended. */
export function patternProblem(week: WorkingPattern): Problem | undefined {
  const wrong = weekDays.find((day) =>
    (week[day] ?? []).some(({ from, to }, index, spans) => from >= to || from < (spans[index - 1]?.to ?? '')),
  )
  return wrong && { field: 'workingPattern', rule: 'order', detail: { day: wrong } }
}

/** Whether the name is one of the machine's time zones (IANA). */
export function isTimeZoneName(name: string): boolean {
  return timeZones().includes(name)
}

/** The time zones that can be chosen (IANA names), UTC first. */
export function timeZones(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC')]
}
