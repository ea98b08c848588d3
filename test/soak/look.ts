// What is looked at: what readers are shown, how nodes say they stand, and, at the end, whether all hold the same.
import { day, hour, instantOf, later } from '../../src/common/clock.ts'
import type { OriginState } from '../support/node-child-words.ts'
import { breach, lifeOf, linkOf, longestWait, nodes, running, type Seen } from './model.ts'
import { isUp, placeOf, type Stage } from './stage.ts'

// What honest nodes never say of one another.
const unheardOf: readonly (string | null)[] = [
  'root-differs',
  'statement-forged',
  'statement-broken',
  'page-broken',
  'too-many-listings',
  'key-changed',
]

/** Reads every node as somebody who is signed in there, and asks it how it stands. */
export async function look(stage: Stage, isSettled: boolean): Promise<readonly Sight[]> {
  const sights = await Promise.all(nodes.filter((node) => isUp(stage, node)).map((node) => sightOf(stage, node)))
  for (const sight of sights) stage.wrong.push(...breachesOf(stage, sight, isSettled))
  stage.wrong.push(...(await falseWords(stage)))
  return sights
}

// Where her page says that a node has confirmed, that node shows nothing of it: nobody is told so too early.
async function falseWords(stage: Stage): Promise<readonly string[]> {
  const now = stage.model.now.toISOString()
  const wrong: string[] = []
  const shown = new Map<string, ReadonlySet<unknown>>()
  for (const { child } of stage.ground.places.filter((place) => place.child.isUp())) {
    const ids = await child.tell(
      'sql',
      `select e.listing_id as id from directory_entry e join origin o using (origin_id)
       where origin_id > 0 and o.valid_until > '${now}' and not o.hidden`,
    )
    shown.set(child.host, new Set(ids.map(({ id }) => id)))
  }
  for (const { name, child } of stage.ground.places.filter((place) => place.child.isUp())) {
    const words = await child.tell(
      'sql',
      'select listing_id as id, host from withdrawal_holder where confirmed_at is not null',
    )
    for (const { id, host } of words)
      if (shown.get(String(host))?.has(id))
        wrong.push(`${name} says that ${String(host)} has confirmed, and it shows ${String(id)}`)
  }
  return wrong
}

/** What one node shows of the others, and how its readings of them stand. */
export type Sight = {
  readonly reader: number
  readonly states: ReadonlyMap<number, OriginState>
  readonly shown: readonly { readonly origin: number; readonly seen: Seen }[]
}

async function sightOf(stage: Stage, reader: number): Promise<Sight> {
  const { child } = placeOf(stage, reader)
  const states = (await child.tell('origins')).map((state) => [stage.readers.get(state.host) ?? -1, state] as const)
  return { reader, states: new Map(states), shown: await shownAt(stage, reader) }
}

function breachesOf(stage: Stage, { reader, states, shown }: Sight, isSettled: boolean): readonly string[] {
  const { name } = placeOf(stage, reader)
  const wrong: string[] = []
  for (const { origin, seen } of shown) {
    stage.looks += 1
    // A fifth snapshot in a day waits: the lease alone holds then.
    const isWaiting = states.get(origin)?.trouble === 'too-many-snapshots'
    const why = breach(stage.model, reader, origin, seen, isSettled && !isWaiting)
    if (why !== undefined) wrong.push(`${name}: ${why}`)
  }
  for (const [origin, state] of states) {
    const of = `${name} of ${placeOf(stage, origin).name}`
    if (unheardOf.includes(state.trouble)) wrong.push(`${of}: ${state.trouble}`)
    // Whoever cannot be reached cannot have its key fetched either, and is a stranger meanwhile.
    const { goodSince } = linkOf(stage.model, reader, origin)
    if (isSettled && state.trouble === 'not-allowed' && goodSince && stage.model.now >= later(goodSince, longestWait))
      wrong.push(`${of}: not-allowed, hours after both are reachable`)
    const ended = later(state.validUntil, day)
    const upSince = stage.upSince[reader] ?? ended
    if (isSettled && state.entries > 0 && stage.model.now >= later(ended > upSince ? ended : upSince, hour))
      wrong.push(`${of}: ${state.entries} copies are kept a day after their lease ended`)
  }
  return wrong
}

async function shownAt(stage: Stage, node: number): Promise<Sight['shown']> {
  const answer = await placeOf(stage, node).reader.get('/api/v1/listings', { accept: 'application/json' })
  if (answer.status !== 200) throw new Error(`node ${node} answered a reader with ${answer.status}`)
  // The shape of schemas/openapi.json.
  const { items, next } = JSON.parse(answer.text) as {
    readonly items: readonly {
      readonly name: string
      readonly listedBy: string
      readonly introduction?: string
      readonly flag: { readonly isOpen: boolean; readonly endsAt?: string }
    }[]
    readonly next?: string
  }
  if (next !== undefined) throw new Error('more people than a page holds')
  return items.map(({ name, listedBy, introduction, flag }) => {
    const endsAt = flag.endsAt === undefined ? undefined : instantOf(flag.endsAt)
    return {
      origin: stage.readers.get(listedBy) ?? -1,
      seen: { handle: name, life: lifeOf(introduction), isOpen: flag.isOpen, ...(endsAt ? { endsAt } : {}) },
    }
  })
}

/** Where a subscriber is not what its origin says; `isWaiting` when its four snapshots of today are used up. */
export type Difference = { readonly what: string; readonly isWaiting: boolean }

/** What still differs between what one node holds and shows and what the others state and people want. */
export async function differencesLeft(stage: Stage, { reader, states, shown }: Sight): Promise<readonly Difference[]> {
  const left: Difference[] = []
  const { child, name } = placeOf(stage, reader)
  for (const origin of nodes.filter((node) => node !== reader)) {
    const there = placeOf(stage, origin)
    const state = states.get(origin)
    const isWaiting = state?.trouble === 'too-many-snapshots'
    const differs = (what: string): void => void left.push({ what: `${name} of ${there.name}: ${what}`, isWaiting })
    const statement = await child.tell('statement', there.child.host).catch((error: unknown) => {
      differs(String(error))
      return undefined
    })
    if (!statement) continue
    if (state?.root !== statement.root) differs('its root is not that of the statement')
    if (state?.epoch !== statement.epoch) differs('its epoch is not that of the statement')
    if (state?.hidden !== false || state.trouble !== null) differs(`hidden ${state?.hidden}, trouble ${state?.trouble}`)
    const found = shown.filter((one) => one.origin === origin).map(({ seen }) => seen.handle)
    const wanted = [...stage.model.people].flatMap(([handle, person]) =>
      handle.startsWith(`${there.name}_`) && running(person, reader) ? [handle] : [],
    )
    if (found.toSorted().join() !== wanted.toSorted().join())
      differs(`shows ${found.join() || 'nobody'} and should show ${wanted.join() || 'nobody'}`)
  }
  return left
}
