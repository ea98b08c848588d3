// What people decided, which node may show what, and since when: the promise, without any of the program's own code.
import { day, hour, later } from '../../src/common/clock.ts'
import type { OwnPerson } from '../support/node-child-words.ts'

/** One unbroken time in which a reader could see something. Its first text is `life`; every later text belongs to it too. */
export type Grant = { readonly life: number; ended?: { readonly at: Date; readonly because: 'withdrawn' | 'lost' } }

export type Person = {
  /** Counts texts, and never goes back: what is shown names the text it was made from. */
  life: number
  /** By reader: who may see her. Under `flag`: when she was open. */
  readonly grants: Map<number | 'flag', Grant[]>
}

/** How well a reader reaches an origin, and hears it ring. */
export type Link = {
  /** Both run and reach each other since then. */
  goodSince: Date | undefined
  /** And nothing that the origin rang was lost since then. */
  heardSince: Date | undefined
  /** And the reader does not wait out earlier failures since then. */
  freshSince: Date | undefined
  /** When the reader could last have asked. */
  lastContact: Date
  /** It started, and asks its partners in its first jobs. */
  readerStarted?: true
}

export type Model = {
  readonly begun: Date
  now: Date
  /** By `node_person`, as people are called. */
  readonly people: Map<string, Person>
  /** By `reader>origin`. */
  readonly links: Map<string, Link>
}

export const nodes: readonly number[] = [0, 1, 2]

export function newModel(begun: Date, handles: readonly string[]): Model {
  const links = nodes.flatMap((reader) =>
    nodes.filter((origin) => origin !== reader).map((origin) => `${reader}>${origin}`),
  )
  const good = (): Link => ({ goodSince: begun, heardSince: begun, freshSince: begun, lastContact: begun })
  return {
    begun,
    now: begun,
    people: new Map(handles.map((handle) => [handle, { life: 0, grants: new Map() }])),
    links: new Map(links.map((link) => [link, good()])),
  }
}

export function linkOf(model: Model, reader: number, origin: number): Link {
  const link = model.links.get(`${reader}>${origin}`)
  if (!link) throw new Error(`node ${reader} does not read node ${origin}`)
  return link
}

export function personOf(model: Model, handle: string): Person {
  const person = model.people.get(handle)
  if (!person) throw new Error(`nobody is called ${handle}`)
  return person
}

/** The grant that runs now. */
export function running(person: Person, to: number | 'flag'): Grant | undefined {
  const newest = person.grants.get(to)?.at(-1)
  return newest?.ended ? undefined : newest
}

/** What a person's own node says she decided becomes what is promised from `at` on. */
export function take(
  model: Model,
  owner: number,
  own: OwnPerson,
  readers: ReadonlyMap<string, number>,
  at: Date,
): void {
  const person = personOf(model, own.handle)
  const hidden = new Set(own.hiddenFrom.map((host) => readers.get(host)))
  for (const to of [...nodes.filter((node) => node !== owner), 'flag'] as const) {
    const allowed = to === 'flag' ? own.isOpen : own.isListed && !hidden.has(to)
    const grant = running(person, to)
    if (grant && !allowed) grant.ended = { at, because: 'withdrawn' }
    if (!grant && allowed)
      person.grants.set(to, [...(person.grants.get(to) ?? []), { life: lifeOf(own.introduction) ?? person.life }])
  }
}

/** The number of the text that somebody wrote; undefined where a restore kept the text back, which only her newest life can be. */
export function lifeOf(introduction: string | undefined): number | undefined {
  const life = /life (\d+)/.exec(introduction ?? '')?.[1]
  return life === undefined ? undefined : Number(life)
}

/** What a backup has of everybody: which grants ran. */
export type Kept = ReadonlyMap<string, ReadonlyMap<number | 'flag', Grant>>

export function keep(model: Model, handles: readonly string[]): Kept {
  return new Map(
    handles.map((handle) => {
      const person = personOf(model, handle)
      const grants = [...person.grants.keys()].flatMap((to) => {
        const grant = running(person, to)
        return grant ? [[to, grant] as const] : []
      })
      return [handle, new Map(grants)]
    }),
  )
}

/**
 * A node came back with what a backup had. What was withdrawn since must stay withdrawn; the rest is what it was then.
 * Returns what the node got wrong.
 */
export function takeRestored(
  model: Model,
  owner: number,
  own: OwnPerson,
  kept: Kept,
  readers: ReadonlyMap<string, number>,
): readonly string[] {
  const person = personOf(model, own.handle)
  const wrong: string[] = []
  const hidden = new Set(own.hiddenFrom.map((host) => readers.get(host)))
  for (const to of [...nodes.filter((node) => node !== owner), 'flag'] as const) {
    const allowed = to === 'flag' ? own.isOpen : own.isListed && !hidden.has(to)
    const before = kept.get(own.handle)?.get(to)
    const current = running(person, to)
    const what = to === 'flag' ? `the flag of ${own.handle}` : `${own.handle} for node ${to}`
    if (allowed && before?.ended?.because === 'withdrawn')
      wrong.push(`${what}: taken back, and there again after a restore`)
    if (allowed && !before) wrong.push(`${what}: there after a restore, and was not when the backup was made`)
    if (current && current !== before) current.ended = { at: model.now, because: 'lost' }
    if (!allowed && before && !before.ended) before.ended = { at: model.now, because: 'lost' }
    if (allowed && before?.ended?.because === 'lost') delete before.ended
  }
  return wrong
}

/** What can be read of somebody at a node that is not hers. */
export type Seen = {
  readonly handle: string
  readonly life: number | undefined
  readonly isOpen: boolean
  readonly endsAt?: Date
}

/** Why this may not be shown now; undefined when it may. `isSettled`: everybody who runs has done what was due. */
export function breach(
  model: Model,
  reader: number,
  origin: number,
  seen: Seen,
  isSettled: boolean,
): string | undefined {
  const person = personOf(model, seen.handle)
  const { lastContact } = linkOf(model, reader, origin)
  if (model.now >= later(lastContact, 7 * day))
    return `${seen.handle} is shown past the lease: last contact ${lastContact.toISOString()}`
  if (seen.isOpen && seen.endsAt && seen.endsAt <= model.now)
    return `${seen.handle} is shown as open after the end of her flag`
  for (const to of seen.isOpen ? ([reader, 'flag'] as const) : ([reader] as const)) {
    const grant = (person.grants.get(to) ?? []).findLast(({ life }) => life <= (seen.life ?? person.life))
    const what = to === 'flag' ? `${seen.handle}'s flag` : seen.handle
    if (!grant) return `${what} (life ${seen.life}) was never for node ${reader}`
    const late =
      grant.ended?.because === 'withdrawn' ? tooLate(model, reader, origin, grant.ended.at, isSettled) : undefined
    if (late !== undefined)
      return `${what} (life ${seen.life}) was taken back at ${grant.ended?.at.toISOString()} and is shown: ${late}`
  }
  return undefined
}

/** By which word of the promise something that was taken back at that time should be gone from a reader by now. */
function tooLate(model: Model, reader: number, origin: number, at: Date, isSettled: boolean): string | undefined {
  const { goodSince, heardSince, freshSince } = linkOf(model, reader, origin)
  if (model.now >= later(at, 7 * day)) return 'longer than seven days ago'
  if (!isSettled) return undefined
  if (heardSince && heardSince <= at) return 'at once, since both are reachable and no message was lost'
  if (freshSince && freshSince <= at && model.now >= later(at, hour))
    return 'within the hour, since only a message was lost'
  const since = goodSince && (goodSince > at ? goodSince : at)
  if (since && model.now >= later(since, longestWait)) return 'hours after both are reachable again'
  return undefined
}

/** After failures a reader waits six hours at most, and a tenth. */
export const longestWait = 7 * hour
