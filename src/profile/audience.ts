import { InvalidInput, type Problem } from '../common/errors.ts'
import { choicesOf, defaultLevel, fieldNames, levelOf, type Audience, type Field, type Level } from './profile.ts'

/** Answers that share one audience because they answer one question: the first stands for all. */
export const fieldGroups: readonly (readonly [Field, ...Field[]])[] = [
  ['displayName'],
  ['roles', 'roleInWords'],
  ['onlyOne'],
  ['organisation'],
  ['sector'],
  ['country'],
  ['languages'],
  ['shares', 'sharesInWords'],
  ['wantsToTry', 'wantsToTryInWords'],
  ['introduction'],
  ['picture'],
  ['boundaries'],
  ['links'],
  ['jobTitle'],
  ['place'],
  ['addressMe'],
  ['timeInRole'],
  ['timeZone'],
  ['workingPattern'],
  ['holidayRegion'],
]

/** The fields whose audience is chosen together with that of `field`, itself among them. */
export function groupOf(field: Field): readonly Field[] {
  return fieldGroups.find((group) => group.includes(field)) ?? [field]
}

/** Levels that somebody chose, by the field that stands for its group; `onlyOneInPublic` is the second yes that `onlyOne` at 5 needs. */
export type AudienceChoice = {
  readonly levels: { readonly [Name in Field]?: Level | undefined }
  readonly onlyOneInPublic: boolean
}

/** The audience with the choices put in; InvalidInput where a field cannot have that audience, or a second yes is missing. */
export function withChoices(audience: Audience, choice: AudienceChoice): Audience {
  const problems: Problem[] = fieldNames
    .filter((field) => {
      const level = choice.levels[field]
      return level !== undefined && !choicesOf(field).includes(level)
    })
    .map((field) => ({ field, rule: 'audience' }))
  if (choice.levels.onlyOne === 5 && !choice.onlyOneInPublic)
    problems.push({ field: 'onlyOneInPublic', rule: 'required' })
  if (problems.length > 0) throw new InvalidInput(problems)
  const chosen = fieldNames.flatMap((field) => groupOf(field).map((member) => [member, choice.levels[field]] as const))
  return differences({ ...audience, ...Object.fromEntries(chosen.filter(([, level]) => level !== undefined)) })
}

/** The audience with these fields open to everybody, each with its group. The only-one marker is never among them: it is asked twice, on its own. */
export function widened(audience: Audience, fields: readonly Field[]): Audience {
  const wide = fields.flatMap(groupOf).filter((field) => field !== 'onlyOne' && choicesOf(field).includes(5))
  return differences({ ...audience, ...Object.fromEntries(wide.map((field) => [field, 5])) })
}

/** The audience with these fields, each with its group, closed to everybody again: partner nodes are the widest that is left. */
export function narrowed(audience: Audience, fields: readonly Field[]): Audience {
  const open = fields.flatMap(groupOf).filter((field) => levelOf(audience, field) === 5)
  return differences({ ...audience, ...Object.fromEntries(open.map((field) => [field, widestBelow(field, 5)])) })
}

/** The audience with these fields, each with its group, closed to readers at that level and wider. */
export function keptFrom(audience: Audience, fields: readonly Field[], level: number): Audience {
  const open = fields.flatMap(groupOf).filter((field) => levelOf(audience, field) >= level)
  return differences({ ...audience, ...Object.fromEntries(open.map((field) => [field, widestBelow(field, level)])) })
}

function widestBelow(field: Field, level: number): Level {
  return choicesOf(field).findLast((choice) => choice < level) ?? 0
}

/** Only what differs from the defaults is kept, so that a default can change with the schema. */
function differences(audience: Audience): Audience {
  return Object.fromEntries(
    fieldNames
      .filter((field) => audience[field] !== undefined && levelOf(audience, field) !== defaultLevel(field))
      .map((field) => [field, levelOf(audience, field)]),
  )
}
