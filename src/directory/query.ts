import { InvalidInput, type Problem } from '../common/errors.ts'
import { parse } from '../common/parse.ts'
import { familyOf, isFacet, type FacetKind } from './facets.ts'

/**
 * What somebody looks for. Several values of one kind mean any of them, and so do roles and families of roles; different
 * kinds must all fit.
 */
export type SearchQuery = {
  readonly text?: string
  readonly roles?: readonly string[]
  readonly families?: readonly string[]
  readonly sectors?: readonly string[]
  readonly countries?: readonly string[]
  readonly languages?: readonly string[]
  /** Languages that somebody speaks easily or well enough. */
  readonly speaks?: readonly string[]
  readonly shares?: readonly string[]
  readonly wants?: readonly string[]
  /** Only an open flag offers kinds, so this asks for open people as well. */
  readonly kinds?: readonly string[]
  readonly onlyOne?: 'any' | 'team' | 'organisation'
  readonly open?: boolean
  /** Only people in countries whose office hours overlap the reader's working hours: see `forReader`. */
  readonly hours?: 'near'
  /** Those countries. Never in an address: they follow from the reader and the day. */
  readonly near?: readonly string[]
  /** The cursor that the page before gave. */
  readonly after?: string
}

/** The parts of a query that have a list of values: the parameter's name in addresses, and the facet. */
export const listParts = {
  roles: { parameter: 'role', facet: 'role' },
  families: { parameter: 'family', facet: 'role-family' },
  sectors: { parameter: 'sector', facet: 'sector' },
  countries: { parameter: 'country', facet: 'country' },
  languages: { parameter: 'language', facet: 'language' },
  speaks: { parameter: 'speaks', facet: 'speaks-well' },
  shares: { parameter: 'shares', facet: 'share' },
  wants: { parameter: 'wants', facet: 'want' },
  kinds: { parameter: 'kind', facet: 'kind' },
} as const satisfies Partial<Record<keyof SearchQuery, { parameter: string; facet: FacetKind }>>

export type ListPart = keyof typeof listParts
export const listPartNames: readonly ListPart[] = [
  'roles',
  'families',
  'sectors',
  'countries',
  'languages',
  'speaks',
  'shares',
  'wants',
  'kinds',
]

/** Parts whose values are alternatives to each other: a role, or any role of a family. */
export const alternatives: readonly (readonly ListPart[])[] = [
  ['roles', 'families'],
  ...listPartNames.filter((part) => part !== 'roles' && part !== 'families').map((part) => [part]),
]

/** Every parameter of a search, by its name in addresses. */
export const parameterNames: readonly string[] = [
  ...listPartNames.map((part) => listParts[part].parameter),
  'text',
  'onlyOne',
  'open',
  'hours',
  'after',
]

/** The values of each parameter as an address or a command line gave them. */
export type Given = Readonly<Record<string, readonly string[]>>

/** Reads a query (schemas/search.json). Empty values count as not given. Throws InvalidInput that names every fault. */
export function readQuery(given: Given): SearchQuery {
  const filled = Object.entries(given).flatMap(([name, values]) => {
    const some = [...new Set(values.filter((value) => value !== ''))]
    return some.length === 0 ? [] : [[name, some] as const]
  })
  const unknown = filled.filter(([name]) => !parameterNames.includes(name)).map(([name]): Problem => notKnown(name))
  const lists = new Set<string>(listPartNames.map((part) => listParts[part].parameter))
  const twice = filled.filter(
    ([name, values]) => parameterNames.includes(name) && !lists.has(name) && values.length > 1,
  )
  const problems = [...unknown, ...twice.map(([field]): Problem => ({ field, rule: 'once' }))]
  if (problems.length > 0) throw new InvalidInput(problems)

  const wire = Object.fromEntries(
    filled.map(([name, values]) => [name, lists.has(name) ? values : asValue(name, values[0])]),
  )
  const search = parse('search', wire)
  const query: SearchQuery = {
    ...Object.fromEntries(
      listPartNames.flatMap((part) => {
        const values = search[listParts[part].parameter]
        return values === undefined ? [] : [[part, values]]
      }),
    ),
    ...(search.text === undefined ? {} : { text: search.text }),
    ...(search.onlyOne === undefined ? {} : { onlyOne: search.onlyOne }),
    ...(search.open === true ? { open: true } : {}),
    ...(search.hours === undefined ? {} : { hours: search.hours }),
    ...(search.after === undefined ? {} : { after: search.after }),
  }
  refuseUnknownValues(query)
  return query
}

/** The query as the end of an address, with its question mark; empty for a query that asks nothing. */
export function addressOf(query: SearchQuery): string {
  const pairs = new URLSearchParams()
  if (query.text !== undefined) pairs.append('text', query.text)
  for (const part of listPartNames)
    for (const value of query[part] ?? []) pairs.append(listParts[part].parameter, value)
  if (query.onlyOne !== undefined) pairs.append('onlyOne', query.onlyOne)
  if (query.open === true) pairs.append('open', 'true')
  if (query.hours !== undefined) pairs.append('hours', query.hours)
  if (query.after !== undefined) pairs.append('after', query.after)
  const text = pairs.toString()
  return text === '' ? '' : `?${text}`
}

/** One thing that a query asks. */
export type Asked = { readonly part: 'text' | 'onlyOne' | 'open' | 'hours' | ListPart; readonly value: string }

/** One thing that a query asks, and the query without it: a chip on the page. */
export type Part = Asked & { readonly without: SearchQuery }

/** A query that asks less than another: the way out of an empty result. */
export type Widening = {
  /** What the other asks and this one does not: everything that it asks of one facet. */
  readonly asked: readonly Asked[]
  readonly without: SearchQuery
  /** What `without` asks instead: less than before, but not nothing. */
  readonly instead?: Asked
}

/** What a query asks, part by part, each with the first page of the same query without it. */
export function partsOf(query: SearchQuery): readonly Part[] {
  const first = firstPageOf(query)
  const { text, ...noText } = first
  const { onlyOne, ...noOnlyOne } = first
  const { open, ...noOpen } = first
  const { hours, near: _near, ...noHours } = first
  return [
    ...(text === undefined ? [] : [{ part: 'text' as const, value: text, without: noText }]),
    ...listPartNames.flatMap((part) =>
      (query[part] ?? []).map((value) => ({ part, value, without: withoutValue(first, part, value) })),
    ),
    ...(onlyOne === undefined ? [] : [{ part: 'onlyOne' as const, value: onlyOne, without: noOnlyOne }]),
    ...(open === true ? [{ part: 'open' as const, value: 'true', without: noOpen }] : []),
    ...(hours === undefined ? [] : [{ part: 'hours' as const, value: hours, without: noHours }]),
  ]
}

/**
 * The ways to ask for less, a step at a time: any role of the same family for a role, a language at any level for one spoken well,
 * six of these at most, and without each facet. Its values are alternatives: without one of several there would be fewer people.
 */
export function wideningsOf(query: SearchQuery): readonly Widening[] {
  const first = firstPageOf(query)
  const families = (first.roles ?? []).flatMap((value) =>
    familyOf(value).map((family) => {
      const less = withoutValue(first, 'roles', value)
      return instead({ part: 'roles', value }, less, 'families', family)
    }),
  )
  const levels = (first.speaks ?? []).map((value) =>
    instead({ part: 'speaks', value }, withoutValue(first, 'speaks', value), 'languages', value),
  )
  return [
    ...[...families, ...levels].slice(0, mostSmallSteps),
    ...facetsOf(query).map(({ asked, without }) => ({ asked, without })),
  ]
}

const mostSmallSteps = 6

/** For a query of three facets or more: each of them alone. */
export function aloneIn(query: SearchQuery): readonly Pick<FacetAsked, 'asked' | 'alone'>[] {
  const facets = facetsOf(query)
  return facets.length < 3 ? [] : facets
}

/** What a query asks of one facet, the query without that, and that alone. */
type FacetAsked = Widening & { readonly alone: SearchQuery }

function facetsOf(query: SearchQuery): readonly FacetAsked[] {
  const entries = Object.entries(firstPageOf(query))
  const names = ({ part }: Asked): string =>
    alternatives.find((parts) => parts.some((one) => one === part))?.join() ?? part
  return [...Map.groupBy(partsOf(query), names).values()].map((parts) => {
    const own = new Set<string>(parts.flatMap(({ part }) => (part === 'hours' ? [part, 'near'] : [part])))
    return {
      asked: parts.map(({ part, value }) => ({ part, value })),
      without: Object.fromEntries(entries.filter(([name]) => !own.has(name))),
      alone: Object.fromEntries(entries.filter(([name]) => own.has(name))),
    }
  })
}

function instead(asked: Asked, less: SearchQuery, part: 'families' | 'languages', value: string): Widening {
  const values = [...new Set([...(less[part] ?? []), value])]
  return { asked: [asked], without: { ...less, [part]: values }, instead: { part, value } }
}

/** The first page of the same query. */
export function firstPageOf(query: SearchQuery): SearchQuery {
  const { after: _after, ...rest } = query
  return rest
}

function withoutValue(query: SearchQuery, part: ListPart, value: string): SearchQuery {
  const { [part]: values, ...rest } = query
  const left = (values ?? []).filter((one) => one !== value)
  return left.length === 0 ? rest : { ...rest, [part]: left }
}

function refuseUnknownValues(query: SearchQuery): void {
  const problems = listPartNames.flatMap((part) =>
    (query[part] ?? [])
      .filter((value) => !isFacet({ kind: listParts[part].facet, value }))
      .map((): Problem => ({ field: listParts[part].parameter, rule: 'unknown' })),
  )
  if (problems.length > 0) throw new InvalidInput(problems)
}

function asValue(name: string, text: string | undefined): unknown {
  if (name !== 'open') return text
  if (text === 'true') return true
  return text === 'false' ? false : text
}

/** The fault of a parameter that nobody knows. */
export function notKnown(name: string): Problem {
  const shown = name.slice(0, 60)
  return { field: shown, rule: 'additionalProperties', detail: { additionalProperty: shown } }
}
