import { InvalidInput, type Problem } from '../common/errors.ts'
import { countryName, type Language } from '../common/vocabularies.ts'
import type { Translate } from '../common/words.ts'
import { isNoLimit, tidied, type Limit } from '../partners/limit.ts'

/** Whom a person limits her copies to, as it is kept; there is no row where she limits nothing. */
export type LimitRow = {
  readonly accountId: string
  readonly hosts: readonly string[]
  readonly countries: readonly string[] | null
  readonly changedAt: Date
}

/** A node that somebody may leave out. */
export type NodeToChoose = { readonly host: string; readonly organisation: string; readonly country: string | null }

/** What the page offers: nodes by host, and countries. What was chosen before stays on offer, also where no partner node is there now. */
export type Offer = {
  readonly nodes: readonly NodeToChoose[]
  /** Chosen before, and no partner node now. */
  readonly formerHosts: readonly string[]
  readonly countries: readonly string[]
}

/** What there is to choose from, given the partner nodes, what is chosen now, and the countries that are hers or her host's. */
export function offerOf(nodes: readonly NodeToChoose[], chosen: Limit, near: readonly string[]): Offer {
  const countries = nodes.flatMap(({ country }) => (country === null ? [] : [country]))
  return {
    nodes,
    formerHosts: chosen.hosts.filter((host) => !nodes.some((node) => node.host === host)),
    countries: [...new Set([...countries, ...(chosen.countries ?? []), ...near])].toSorted(),
  }
}

/** The box for every country, also one that names none. */
export const anyCountry = 'any'

/** What was ticked on the page, without what was not on offer. InvalidInput for any country and some together. */
export function limitChosen(
  ticked: { readonly countries: readonly string[]; readonly hosts: readonly string[] },
  { nodes, formerHosts, countries }: Offer,
): Limit {
  const hosts = [...nodes.map(({ host }) => host), ...formerHosts]
  const named = ticked.countries.filter((country) => countries.includes(country))
  const isAny = ticked.countries.includes(anyCountry)
  if (isAny && named.length > 0) throw new InvalidInput([{ field: 'countries', rule: 'both' }])
  return tidied({ hosts: ticked.hosts.filter((host) => hosts.includes(host)), countries: isAny ? null : named })
}

/** What is wrong with a limit: to name no country at all is not a limit but an end of the whole scope. */
export function limitProblems({ countries }: Limit): readonly Problem[] {
  return countries?.length === 0 ? [{ field: 'countries', rule: 'choose' }] : []
}

/** A limit as a receipt says it, in one or two sentences. */
export function limitInWords(limit: Limit, t: Translate, language: Language): string {
  if (isNoLimit(limit)) return t('listing:limits.inWords.none')
  const sentences: string[] = []
  if (limit.countries !== null) {
    const countries = limit.countries.map((code) => countryName(code, language)).join(', ')
    sentences.push(t('listing:limits.inWords.countries', { countries }))
  }
  if (limit.hosts.length > 0) sentences.push(t('listing:limits.inWords.hosts', { hosts: limit.hosts.join(', ') }))
  return sentences.join(' ')
}
