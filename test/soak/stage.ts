import { Died } from '../support/node-child.ts'
import type { Doorbells } from '../support/node-child-words.ts'
import type { Ground, Place } from './ground.ts'
import { nodes, type Kept, type Model } from './model.ts'

/** A backup, and what was promised when it was made. */
export type Backup = { readonly file: string; readonly kept: Kept }

/** A schedule in play: three nodes, what goes wrong around them, and what was found. */
export type Stage = {
  readonly ground: Ground
  readonly model: Model
  readonly cut: Set<string>
  readonly doorbells: Doorbells[]
  readonly backups: Backup[][]
  /** Since when a node's owner may have decided what we were not told, since it died meanwhile. */
  readonly unsure: Map<number, Date>
  readonly readers: ReadonlyMap<string, number>
  readonly wrong: string[]
  readonly trace: string[]
  /** Since when each node runs: what it does by the clock it has had the time to do. */
  readonly upSince: Date[]
  deaths: number
  restores: number
  looks: number
}

export function placeOf(stage: Stage, node: number): Place {
  const place = stage.ground.places[node]
  if (!place) throw new Error(`there is no node ${node}`)
  return place
}

export function isUp(stage: Stage, node: number): boolean {
  return placeOf(stage, node).child.isUp()
}

/** Every reader with every origin. */
export const pairs = (): readonly (readonly [reader: number, origin: number])[] =>
  nodes.flatMap((reader) => nodes.filter((origin) => origin !== reader).map((origin) => [reader, origin] as const))

/** Whether a request gets from one to the other. */
export function reaches(stage: Stage, from: number, to: number): boolean {
  return isUp(stage, from) && isUp(stage, to) && !stage.cut.has(`${from}>${to}`)
}

/** Does something in which the process may die, as it was told; false when it did. */
export async function mayDie(stage: Stage, node: number, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (!(error instanceof Died)) throw error
    await died(stage, node, placeOf(stage, node).child.dead())
    return false
  }
}

/** Its process is gone, and what its owner decided in its last moment is not known. */
export async function died(stage: Stage, node: number, dead: Promise<void>): Promise<void> {
  await dead
  stage.deaths += 1
  stage.trace.push(`    ${placeOf(stage, node).name} died`)
  if (!stage.unsure.has(node)) stage.unsure.set(node, stage.model.now)
}
