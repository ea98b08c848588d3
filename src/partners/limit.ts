/** Whom the copies of a listing are limited to. A partner node outside of it gets nothing of the listing. */
export type Limit = {
  /** Nodes that get no copy, by host. */
  readonly hosts: readonly string[]
  /** Countries (ISO 3166-1 alpha-2) whose nodes may get one; null for any, a node that names none included. */
  readonly countries: readonly string[] | null
}

/** Every partner node may read. */
export const noLimit: Limit = { hosts: [], countries: null }

/** Whether a limit keeps no node away. */
export function isNoLimit({ hosts, countries }: Limit): boolean {
  return hosts.length === 0 && countries === null
}

/** The same limit with its names in one order, each once. */
export function tidied({ hosts, countries }: Limit): Limit {
  return { hosts: inOrder(hosts), countries: countries && inOrder(countries) }
}

/** Whether two limits say the same. */
export function isSameLimit(one: Limit, other: Limit): boolean {
  return JSON.stringify(tidied(one)) === JSON.stringify(tidied(other))
}

/** Whether `after` lets in some node, of whatever host and country, that `before` kept away. */
export function isWider(before: Limit, after: Limit): boolean {
  if (before.hosts.some((host) => !after.hosts.includes(host))) return true
  if (before.countries === null) return false
  return after.countries === null || after.countries.some((country) => !before.countries?.includes(country))
}

function inOrder(names: readonly string[]): readonly string[] {
  return [...new Set(names)].toSorted()
}
