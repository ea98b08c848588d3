import { formatOf } from '../common/formats.ts'
import type { Language, Translate } from '../common/words.ts'
import type { Choice, ChoiceGroup, Choices } from './choices.ts'
import type { FacetCounts } from './counting.ts'
import { facetKey, type FacetKind } from './facets.ts'
import { listParts, type ListPart, type SearchQuery } from './query.ts'
import { facetLabel } from './shown.ts'
import type { Total } from './total.ts'

/** A value that a query has already. */
export type Chosen = { readonly name: string; readonly value: string; readonly text: string }

/** One list of the search form: what is chosen from it, and what else there is, in groups without a label where it has none. */
export type Filter = {
  readonly name: string
  readonly chosen: readonly Chosen[]
  readonly groups: readonly { readonly label?: string; readonly options: readonly Choice[] }[]
}

export type Filters = Readonly<Record<'role' | Exclude<(typeof listParts)[ListPart]['parameter'], 'family'>, Filter>>

/** In the list of roles, `family:` stands before the slug of a family. */
export const familyPrefix = 'family:'

/**
 * The lists of the search form for one query, with the number of people beside each value. A value that nobody has is left out,
 * unless `everyChoice` is asked for or nothing was counted: that is 400 options less on a small node.
 */
export function filtersOf(
  query: SearchQuery,
  choices: Choices,
  counts: FacetCounts | undefined,
  { everyChoice, language, t }: { readonly everyChoice: boolean; readonly language: Language; readonly t: Translate },
): Filters {
  const tell = counts && tellerOf(counts.isAbout, language, t)
  const chosenIn = (part: ListPart): readonly Chosen[] =>
    (query[part] ?? []).map((value) => ({
      name: listParts[part].parameter,
      value,
      text: facetLabel({ kind: listParts[part].facet, value }, language),
    }))
  const offered = (kind: FacetKind, list: readonly Choice[], chosen: readonly Chosen[], prefix = ''): Choice[] =>
    list.flatMap(({ value, text }) => {
      if (chosen.some((one) => one.value === value)) return []
      const total = counts?.values.get(facetKey({ kind, value }))
      if (counts && !everyChoice && (total === undefined || total.value === 0)) return []
      return [{ value: prefix + value, text: total && tell ? `${text}${tell(total)}` : text }]
    })
  const flat = (part: ListPart, list: readonly Choice[]): Filter => {
    const chosen = chosenIn(part)
    return {
      name: listParts[part].parameter,
      chosen,
      groups: filled([{ options: offered(listParts[part].facet, list, chosen) }]),
    }
  }
  const grouped = (part: ListPart, groups: readonly ChoiceGroup[]): Filter => {
    const chosen = chosenIn(part)
    const { facet, parameter } = listParts[part]
    return {
      name: parameter,
      chosen,
      groups: filled(groups.map(({ label, choices: list }) => ({ label, options: offered(facet, list, chosen) }))),
    }
  }
  const families = chosenIn('families')
  const anyIn = ({ id, label }: ChoiceGroup): Choice[] =>
    offered('role-family', [{ value: id, text: t('directory:form.anyIn', { label }) }], families, familyPrefix)
  const roles = chosenIn('roles')
  return {
    role: {
      name: 'role',
      chosen: [...families, ...roles],
      groups: filled(
        choices.roles.map((group) => ({
          label: group.label,
          options: [...anyIn(group), ...offered('role', group.choices, roles)],
        })),
      ),
    },
    sector: flat('sectors', choices.sectors),
    country: flat('countries', choices.countries),
    language: flat('languages', choices.languages),
    speaks: flat('speaks', choices.languages),
    shares: grouped('shares', choices.practices),
    wants: grouped('wants', choices.practices),
    kind: flat('kinds', choices.kinds),
  }
}

/** A number of people as it stands behind a choice, with its brackets: never one below ten. */
export function tellerOf(isAbout: boolean, language: Language, t: Translate): (total: Total) => string {
  const numbers = formatOf(`number ${language}`, () => new Intl.NumberFormat(language))
  // One sentence for a page, not one for each of its hundreds of choices.
  const few = ` (${t('directory:count.fewer')})`
  const [before = '', after = ''] = isAbout ? t('directory:count.about', { count: '\u0000' }).split('\u0000') : []
  return ({ value, relation }) => {
    if (relation === 'fewer') return few
    return ` (${value === 0 ? '0' : before + numbers.format(value) + after})`
  }
}

function filled(groups: Filter['groups']): Filter['groups'] {
  return groups.filter(({ options }) => options.length > 0)
}
