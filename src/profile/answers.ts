import { holidayRegionName } from '../common/holidays.ts'
import { labelOf, type Language } from '../common/vocabularies.ts'
import type { Translate } from '../common/words.ts'
import { cardOf, type Card } from './card.ts'
import type { Field, ProfileFields } from './profile.ts'
import { isOfficeWeek, weekDays, type WorkingPattern } from './working-week.ts'

/** What was answered, line by line, as its owner reads it; no line where there is no answer. `field` stands for its group. */
export function answerLines(field: Field, fields: ProfileFields, language: Language, t: Translate): readonly string[] {
  const card = cardOf(fields, language)
  const own = ownLines[field]
  if (own) return own(card)
  if (field === 'onlyOne') return fields.onlyOne === undefined ? [] : [labelOf('only-one', fields.onlyOne, language)]
  if (field === 'timeInRole')
    return fields.timeInRole === undefined ? [] : [t(`profile:timeInRole.${fields.timeInRole}`)]
  if (field === 'picture') return fields.picture === undefined ? [] : [fields.picture.alt]
  if (field === 'holidayRegion') return line(fields.holidayRegion && holidayRegionName(fields.holidayRegion, language))
  if (field === 'workingPattern') return fields.workingPattern ? weekLines(fields.workingPattern, t) : []
  const answer = fields[field]
  return typeof answer === 'string' ? [answer] : []
}

const line = (text: string | undefined): readonly string[] => (text === undefined ? [] : [text])

// Fields whose answer is said in other words than it is kept.
const ownLines: { readonly [Name in Field]?: (card: Card) => readonly string[] } = {
  roles: (card) => card.roles,
  sector: (card) => line(card.sector),
  country: (card) => line(card.country),
  languages: (card) => card.languages.map(({ name, level }) => `${name}: ${level}`),
  shares: (card) => card.shares,
  wantsToTry: (card) => card.wantsToTry,
  boundaries: (card) => card.boundaries,
  links: (card) => card.links,
}

function weekLines(week: WorkingPattern, t: Translate): readonly string[] {
  if (isOfficeWeek(week)) return [t('profile:hours.office')]
  return weekDays.flatMap((day) => {
    const spans = (week[day] ?? []).map(({ from, to }) => t('profile:hours.span', { from, to }))
    return spans.length > 0 ? [`${t(`profile:days.${day}`)}: ${spans.join(', ')}`] : []
  })
}
