import { day, later, rfc3339, systemClock } from '../../../src/common/clock.ts'
import type { Listing } from '../../../src/common/schema-types.ts'
import { sevenDays, inventPerson, type Item } from './invented.ts'
import type { Asked, Directory } from './directory.ts'
import { randomName, type KitNode } from './node.ts'
import { expectThat, Failure, Stop, until, type Run } from './run.ts'
import { send } from './wire.ts'

/** What the steps of a run against a subscriber share. */
export type Scene = {
  readonly run: Run
  readonly node: KitNode
  readonly directory: Directory
  readonly shown: Shown
  readonly elsewhere: { readonly origin: string; readonly requests: readonly unknown[] } | undefined
  /** Listings by the part that they play. */
  readonly people: Map<string, Item>
}

/** What the subscriber shows of our people, as far as their names are on its page. */
export type Shown = {
  /** An unmistakable name for a part that somebody plays. */
  readonly nameOf: (part: string) => string
  /** The parts whose names are there now. */
  readonly now: () => Promise<ReadonlySet<string>>
  /** Fails unless these are there, and those are not, within a minute. */
  readonly waitFor: (expected: Expected) => Promise<void>
  /** Fails unless it is so now. */
  readonly isSo: (expected: Expected) => Promise<void>
}

export type Expected = { readonly there?: readonly string[]; readonly gone?: readonly string[] | 'everybody' }

/** Looks at what a subscriber shows. */
export function watchShown(
  run: Run,
  { shows, cookie }: { readonly shows: string; readonly cookie?: string | undefined },
): Shown {
  const names = new Map<string, string>()
  const token = `Zq${randomName()}`
  const page = shows.replaceAll('{text}', token)
  const nameOf = (part: string): string => {
    const known = names.get(part) ?? `${token} ${String.fromCharCode(65 + names.size)}${names.size}x`
    names.set(part, known)
    return known
  }
  const now = async (): Promise<ReadonlySet<string>> => {
    const headers = new Headers({ accept: 'text/html, application/json', ...(cookie === undefined ? {} : { cookie }) })
    const answer = await send(page, { headers, timeout: run.pace.request })
    if (answer.status !== 200)
      throw new Stop(`${page} answers ${answer.status}: name a page that shows who is listed (--shows, --cookie)`)
    return new Set([...names].flatMap(([part, name]) => (answer.body.includes(name) ? [part] : [])))
  }
  const problem = (seen: ReadonlySet<string>, { there = [], gone = [] }: Expected): Failure | undefined => {
    const missing = there.filter((part) => !seen.has(part))
    const extra = gone === 'everybody' ? [...seen] : gone.filter((part) => seen.has(part))
    if (missing.length > 0) return new Failure(`${listed(missing, nameOf)} not shown`, 'them shown')
    if (extra.length > 0) return new Failure(`${listed(extra, nameOf)} still shown`, 'them not shown')
    return undefined
  }
  return {
    nameOf,
    now,
    async waitFor(expected) {
      const isSo = await until(run, run.pace.minute, async () => (problem(await now(), expected) ? undefined : true))
      const last = isSo ? undefined : problem(await now(), expected)
      if (last) throw last
    },
    async isSo(expected) {
      const wrong = problem(await now(), expected)
      if (wrong) throw wrong
    },
  }
}

function listed(parts: readonly string[], nameOf: (part: string) => string): string {
  return parts.map((part) => `${nameOf(part)} (${part})`).join(', ')
}

/** Lists somebody who plays a part, or gives her another form. Nobody is told. */
export function list({ node, directory, shown, people }: Scene, part: string, changes: Partial<Listing> = {}): Item {
  const known = people.get(part)
  const person = known ?? inventPerson(node.at, shown.nameOf(part))
  const item = directory.set.put({ ...person, ...changes })
  people.set(part, item)
  return item
}

/** Withdraws who plays a part; `as` may change the tombstone. */
export function withdraw({ directory, people }: Scene, part: string, as?: (right: Item) => Item): Item {
  const known = people.get(part)
  if (!known) throw new Error(`nobody plays ${part}`)
  people.delete(part)
  return directory.set.withdraw(known.id, as)
}

/** A request for the statement since the `from`-th request of all that fits; waits a minute for it. */
export function asksFor(scene: Scene, from: number, fits: (asked: Asked) => boolean): Promise<Asked | undefined> {
  const { run, directory } = scene
  return until(run, run.pace.minute, () => directory.asked.slice(from).find(fits))
}

/** The subscriber says that it holds what the set holds now. Fails after a minute. */
export async function expectAcknowledged(scene: Scene): Promise<void> {
  const { directory } = scene
  const { seq, root } = directory.set.unsigned()
  const said = await asksFor(scene, 0, ({ query }) => query.get('have') === String(seq) && query.get('root') === root)
  const last = directory.asked.findLast(({ document }) => document === 'statement')?.query.toString()
  expectThat(said !== undefined, `?${last ?? 'nothing'} as its last word`, `have=${seq} and root=${root}`)
}

/** Goes back to the right way, and waits until the subscriber is there. Throws Stop where it does not come back. */
export async function recover(scene: Scene): Promise<void> {
  scene.directory.manner = {}
  scene.directory.set.reissue(sevenDays)
  await scene.directory.ring('bare')
  const isBack = async (): Promise<void> => {
    await expectAcknowledged(scene)
    await scene.shown.waitFor({ there: keepers })
  }
  const problem = await isBack().catch((error: unknown) => error)
  if (problem === undefined) return
  await scene.run.check('subscriber.comes-back', () => {
    throw problem
  })
  throw new Stop('it did not come back after something was wrong')
}

/** Who stays listed all the time. */
export const keepers: readonly string[] = ['keeper', 'other keeper']

/** A time that many milliseconds from now, as listings and statements write it. */
export const timeIn = (milliseconds: number): string => rfc3339(later(systemClock(), milliseconds))
export const inDays = (days: number): string => timeIn(days * day)
