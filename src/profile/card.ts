import { paths } from '../common/paths.ts'
import { countryName, labelOf, languageName, type Language } from '../common/vocabularies.ts'
import type { ProfileFields } from './profile.ts'

/** What person-card.njk shows: words in the reader's language, ready to read. */
export type Card = {
  readonly name: string | undefined
  readonly roles: readonly string[]
  readonly onlyOne: string | undefined
  readonly jobTitle: string | undefined
  readonly organisation: string | undefined
  readonly sector: string | undefined
  readonly country: string | undefined
  readonly place: string | undefined
  readonly languages: readonly { readonly name: string; readonly level: string }[]
  readonly shares: readonly string[]
  readonly wantsToTry: readonly string[]
  readonly introduction: string | undefined
  readonly boundaries: readonly string[]
  readonly links: readonly string[]
  readonly picture: { readonly address: string; readonly alt: string } | undefined
}

/** The card of what a reader is shown of a profile. */
export function cardOf(shown: ProfileFields, language: Language): Card {
  const label =
    (list: Parameters<typeof labelOf>[0]) =>
    (id: string): string =>
      labelOf(list, id, language)
  const words = (text: string | undefined): readonly string[] => (text === undefined ? [] : [text])
  return {
    name: shown.displayName,
    roles: [...(shown.roles ?? []).map(label('roles')), ...words(shown.roleInWords)],
    onlyOne: shown.onlyOne === undefined || shown.onlyOne === 'none' ? undefined : label('only-one')(shown.onlyOne),
    jobTitle: shown.jobTitle,
    organisation: shown.organisation,
    sector: shown.sector === undefined ? undefined : label('sectors')(shown.sector),
    country: shown.country === undefined ? undefined : countryName(shown.country, language),
    place: shown.place,
    languages: (shown.languages ?? []).map(({ tag, level }) => ({
      name: languageName(tag, language),
      level: label('language-levels')(level),
    })),
    shares: [...(shown.shares ?? []).map(label('practices')), ...(shown.sharesInWords ?? [])],
    wantsToTry: [...(shown.wantsToTry ?? []).map(label('practices')), ...(shown.wantsToTryInWords ?? [])],
    introduction: shown.introduction,
    boundaries: (shown.boundaries ?? []).map(label('boundaries')),
    links: shown.links ?? [],
    picture: shown.picture && { address: paths.media(shown.picture.name), alt: shown.picture.alt },
  }
}
