import { hour, minute } from '../common/clock.ts'
import { quotaOf } from '../common/quota.ts'

/** What an inbox takes, at most (FEDERATION.md, Limits). Counted by each web process for itself. */
export const inboxLimits = {
  /** Activities with a good signature in a minute, of one host and of one key. */
  hostEachMinute: 600,
  keyEachMinute: 300,
  /** Actors of one host that we never saw, whose documents are fetched within an hour. */
  newActorsEachHour: 120,
  /** Keys of one actor that we know, by whatever ids, that are fetched within an hour: strangers choose the ids. */
  keysOfActorEachHour: 60,
  /** Hosts below one registrable domain that we never saw, within an hour, as Mastodon has it. */
  newHostsEachHour: 10,
  /** Documents with keys that are being fetched at one time, of one host and of all. */
  fetchesOfHost: 4,
  fetchesOfAll: 32,
  /** Activities that wait for a worker, of one host and of all. */
  waitingOfHost: 5_000,
  waitingOfAll: 100_000,
} as const

/** Counts what each of many did within a time; strangers choose the names, so how many are kept is bounded. */
export type Counts = {
  /** Counts one more, or, when there were `most` already, returns how many seconds are left of their time. */
  take(name: string): number | undefined
}

/** `elapsed` counts milliseconds. */
export function countsOf(most: number, time: number, elapsed: () => number, holds = 20_000): Counts {
  const quota = quotaOf(most, time, holds)
  return {
    take(name) {
      const { isOver, seconds } = quota.take(name, 1, elapsed())
      return isOver ? seconds : undefined
    },
  }
}

export type Newcomers = {
  /** Lets one actor more be fetched that we never saw, of a host that we saw or not, or says in how many seconds to come again. */
  take(host: string, isHostKnown: boolean): number | undefined
}

/** How many actors, and hosts below one domain, may come for the first time within an hour. */
export function newcomers(elapsed: () => number): Newcomers {
  const actors = countsOf(inboxLimits.newActorsEachHour, hour, elapsed)
  const hosts = countsOf(inboxLimits.newHostsEachHour, hour, elapsed)
  const seen = new Set<string>()
  return {
    take(host, isHostKnown) {
      const { hostname } = new URL(`https://${host}`)
      if (!isHostKnown && !seen.has(hostname)) {
        const wait = hosts.take(registrableDomain(hostname))
        if (wait !== undefined) return wait
        if (seen.size >= 20_000) seen.clear()
        seen.add(hostname)
      }
      return actors.take(host)
    },
  }
}

export type Gate = {
  /** Lets one in, who leaves by the function that is returned; undefined when too many are in. */
  enter(host: string): (() => void) | undefined
}

/** At most so many at one time, of one host and of all. */
export function gate(ofHost: number = inboxLimits.fetchesOfHost, ofAll: number = inboxLimits.fetchesOfAll): Gate {
  const inside = new Map<string, number>()
  let all = 0
  return {
    enter(host) {
      const count = inside.get(host) ?? 0
      if (count >= ofHost || all >= ofAll) return undefined
      inside.set(host, count + 1)
      all += 1
      return () => {
        all -= 1
        const left = (inside.get(host) ?? 1) - 1
        if (left === 0) inside.delete(host)
        else inside.set(host, left)
      }
    },
  }
}

/** Activities with a good signature within a minute. */
export function admission(elapsed: () => number): { take(host: string, key: string): number | undefined } {
  const hosts = countsOf(inboxLimits.hostEachMinute, minute, elapsed)
  const keys = countsOf(inboxLimits.keyEachMinute, minute, elapsed)
  return { take: (host, key) => keys.take(key) ?? hosts.take(host) }
}

// The second level under which countries register names, as far as it is common. A full list would change every week.
const secondLevels = new Set(
  'ac asso co com ed edu gen go gob gouv gov govt gv id in info ltd me mil mod muni ne net nhs nic nom or org plc police sch'.split(
    ' ',
  ),
)

/** The part of a host's name that somebody registered: south.gov.uk of www.south.gov.uk. An address of numbers is its own. */
export function registrableDomain(hostname: string): string {
  const labels = hostname.split('.')
  if (hostname.startsWith('[') || /^\d+$/.test(labels.at(-1) ?? '')) return hostname
  const isCountry = labels.at(-1)?.length === 2
  return labels.slice(isCountry && secondLevels.has(labels.at(-2) ?? '') ? -3 : -2).join('.')
}
