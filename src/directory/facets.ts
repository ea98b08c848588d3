import { concept, countries, families, slugOfIri, vocabulary, type VocabularyName } from '../common/vocabularies.ts'
import type { ListingDocument } from './document.ts'

/** What a listing can be found by, beside its words. `speaks-well` is a language at easy or fine. */
export const facetKinds = [
  'role',
  'role-family',
  'sector',
  'country',
  'language',
  'speaks-well',
  'kind',
  'share',
  'want',
  'only-one',
] as const
export type FacetKind = (typeof facetKinds)[number]

/** One value of one facet: a slug, a country code, or the first part of a language tag. */
export type Facet = { readonly kind: FacetKind; readonly value: string }

/** The facets of a listing. A concept, country or language that we do not know makes none, so that nobody can fill our table. */
export function facetsOf(document: ListingDocument): readonly Facet[] {
  const roles = document.hasOccupation.flatMap((role) => known('roles', role.occupationalCategory ?? ''))
  const { sector, addressCountry } = document.worksFor
  const spoken = (document.knowsLanguage ?? []).flatMap(({ tag, level }) => {
    const language = baseLanguage(tag)
    return language === undefined ? [] : [{ language, level }]
  })
  const found: Facet[] = [
    ...roles.map((value) => ({ kind: 'role' as const, value })),
    ...roles.flatMap((role) => familyOf(role)).map((value) => ({ kind: 'role-family' as const, value })),
    ...(sector === undefined ? [] : known('sectors', sector)).map((value) => ({ kind: 'sector' as const, value })),
    ...(isCountry(addressCountry) ? [{ kind: 'country' as const, value: addressCountry }] : []),
    ...spoken.map(({ language }) => ({ kind: 'language' as const, value: language })),
    ...spoken
      .filter(({ level }) => level !== 'slow')
      .map(({ language }) => ({ kind: 'speaks-well' as const, value: language })),
    ...(document.peerChat?.kinds ?? [])
      .flatMap((iri) => known('conversation-kinds', iri))
      .map((value) => ({ kind: 'kind' as const, value })),
    ...(document.shares ?? [])
      .flatMap((iri) => known('practices', iri))
      .map((value) => ({ kind: 'share' as const, value })),
    ...(document.wantsToTry ?? [])
      .flatMap((iri) => known('practices', iri))
      .map((value) => ({ kind: 'want' as const, value })),
    ...(document.onlyOne === 'team' || document.onlyOne === 'organisation'
      ? [{ kind: 'only-one' as const, value: document.onlyOne }]
      : []),
  ]
  return [...new Map(found.map((facet) => [facetKey(facet), facet])).values()]
}

/** Every facet that can be: about 1,000. What `ensureFacets` keeps in the table. */
export function everyFacet(): readonly Facet[] {
  const of = (kind: FacetKind, values: readonly string[]): Facet[] => values.map((value) => ({ kind, value }))
  const practices = choices('practices')
  return [
    ...of('role', choices('roles')),
    ...of(
      'role-family',
      families('roles').map(({ family }) => family.id),
    ),
    ...of('sector', choices('sectors')),
    ...of('country', [...countryCodes()]),
    ...of('language', [...languageCodes()]),
    ...of('speaks-well', [...languageCodes()]),
    ...of('kind', choices('conversation-kinds')),
    ...of('share', practices),
    ...of('want', practices),
    ...of('only-one', ['team', 'organisation']),
  ]
}

/** One text for a facet, to keep maps by. */
export function facetKey(facet: Facet): string {
  return `${facet.kind}:${facet.value}`
}

/** Whether there is such a facet value. */
export function isFacet(facet: Facet): boolean {
  facetKeys ??= new Set(everyFacet().map(facetKey))
  return facetKeys.has(facetKey(facet))
}
let facetKeys: ReadonlySet<string> | undefined

/** The family of a role, as a list of none or one. */
export function familyOf(role: string): readonly string[] {
  const family = concept('roles', role)?.broader
  return family === undefined ? [] : [family]
}

/** Languages that can be chosen: those of ISO 639-1 that Node's own CLDR data can name. */
export function languageCodes(): ReadonlySet<string> {
  languageSet ??= new Set(everyLanguage())
  return languageSet
}
let languageSet: ReadonlySet<string> | undefined

function everyLanguage(): string[] {
  const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCodePoint(97 + index))
  return letters
    .flatMap((first) => letters.map((second) => first + second))
    .filter((code) => Intl.getCanonicalLocales(code)[0] === code && names.of(code) !== undefined) // leaves out old codes such as iw
}

function countryCodes(): ReadonlySet<string> {
  countrySet ??= new Set(countries('en').map(({ code }) => code))
  return countrySet
}
let countrySet: ReadonlySet<string> | undefined

function isCountry(code: string | undefined): code is string {
  return code !== undefined && countryCodes().has(code)
}

function baseLanguage(tag: string): string | undefined {
  const base = tag.split('-')[0]?.toLowerCase() ?? ''
  return languageCodes().has(base) ? base : undefined
}

// Roles and practices without a `broader` are families, which nobody can have.
function choices(name: 'roles' | 'practices' | 'sectors' | 'conversation-kinds'): string[] {
  const all = vocabulary(name).concepts
  const grouped = name === 'roles' || name === 'practices'
  return all.filter((entry) => !grouped || entry.broader !== undefined).map((entry) => entry.id)
}

function known(name: VocabularyName, iri: string): string[] {
  const slug = slugOfIri(name, iri)
  if (slug === undefined) return []
  const entry = concept(name, slug)
  if (!entry) return []
  const isFamily = (name === 'roles' || name === 'practices') && entry.broader === undefined
  return isFamily ? [] : [slug]
}
