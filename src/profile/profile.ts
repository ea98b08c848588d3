import { InvalidInput } from '../common/errors.ts'
import { parse, schemaOf } from '../common/parse.ts'
import type { Schemas } from '../common/schema-types.ts'

type Parsed = Schemas['profile']

/** What a person says of herself, finished (schemas/profile.json). */
export type Profile = {
  readonly [Name in keyof Parsed as string extends Name ? never : number extends Name ? never : Name]: Parsed[Name]
}

export type Field = keyof Profile

/** What a person has said so far. */
export type ProfileFields = Partial<Profile>

/** Who may see a field: 0 only me, 1 my chat partner, 3 this node, 4 partner nodes, 5 the public web. */
export type Level = 0 | 1 | 3 | 4 | 5

/** The readers of a listing, each by the lowest level that they see. */
export type ReaderLevel = 3 | 4 | 5

/** The levels that a person changed from their defaults. */
export type Audience = { readonly [Name in Field]?: Level }

/** A profile as it is kept: `fields` may be unfinished. */
export type StoredProfile = {
  readonly accountId: string
  readonly handle: string | null
  readonly fields: ProfileFields
  readonly audience: Audience
  readonly updatedAt: Date
}

// Our own schema: every property has its x-audience, which a test holds.
const properties = schemaOf('profile')['properties'] as Readonly<Record<Field, { readonly 'x-audience': Level }>>

/** Every field, in the order of the schema. */
export const fieldNames = Object.keys(properties) as readonly Field[]

/** Who sees a field when its owner has not chosen. */
export function defaultLevel(field: Field): Level {
  return properties[field]['x-audience']
}

const neverShown: readonly Field[] = ['timeZone', 'workingPattern', 'holidayRegion']
const forChatPartners: readonly Field[] = ['addressMe', 'timeInRole']
/** In no copy of a listing: partner nodes would have to fetch it, and could keep it. */
const notInCopies: readonly Field[] = ['picture']

/** The audiences that a field may have. Level 2, my circle, comes with circles. */
export function choicesOf(field: Field): readonly Level[] {
  if (neverShown.includes(field)) return [0]
  if (notInCopies.includes(field)) return [0, 3, 5]
  return forChatPartners.includes(field) ? [0, 1] : [0, 3, 4, 5]
}

/** Who sees a field: its owner's choice, or the default. A choice that the field cannot have counts as none. */
export function levelOf(audience: Audience, field: Field): Level {
  const chosen = audience[field]
  return chosen !== undefined && choicesOf(field).includes(chosen) ? chosen : defaultLevel(field)
}

/**
 * What readers at that level see. Nothing at levels 0 to 3 ever leaves the node, since others read at 4 and 5. A picture is not among
 * what partner nodes copy, whoever else may see it.
 */
export function shownAt(reader: ReaderLevel, fields: ProfileFields, audience: Audience): ProfileFields {
  return Object.fromEntries(
    fieldNames.flatMap((field) =>
      fields[field] !== undefined &&
      levelOf(audience, field) >= reader &&
      !(reader === 4 && notInCopies.includes(field))
        ? [[field, fields[field]]]
        : [],
    ),
  )
}

/** Whether enough is said for a listing. */
export function isComplete(fields: ProfileFields): fields is Profile {
  try {
    parse('profile', fields)
    return true
  } catch (error) {
    if (error instanceof InvalidInput) return false
    throw error
  }
}

/** The answers without which there is no listing for readers at that level (schemas/listing.json), and that they may not see. */
export function withheldFrom(reader: ReaderLevel, fields: ProfileFields, audience: Audience): readonly Field[] {
  const shown = shownAt(reader, fields, audience)
  const withheld = (['displayName', 'organisation'] as const).filter((field) => shown[field] === undefined)
  if (shown.roles !== undefined || shown.roleInWords !== undefined) return withheld
  return [...withheld, fields.roles === undefined && fields.roleInWords !== undefined ? 'roleInWords' : 'roles']
}

/** Whether these fields together point to one person, whatever name she uses. */
export function identifies(shown: ProfileFields): boolean {
  const onlyOne = shown.onlyOne === 'team' || shown.onlyOne === 'organisation'
  return onlyOne && shown.organisation !== undefined && (shown.roles !== undefined || shown.roleInWords !== undefined)
}
