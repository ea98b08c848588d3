// Two sides of a chat and whatever lies between them, as a state that can be walked through: test/chats/states.test.ts.
import {
  deedsOf,
  done,
  messageNow,
  nextPlan,
  received,
  requestedExchange,
  type Deed,
  type Exchange,
  type Message,
  type Outcome,
  type Plan,
  type Side,
  type Slot,
  type Word,
} from '../../src/chats/chat.ts'
import { later } from '../../src/common/clock.ts'

const start = new Date('2026-11-23T09:00:00Z')
const at = (days: number): Date => later(start, days * 86_400_000)
const slotAt = (days: number): Slot => ({ from: at(days), until: at(days + 0.1) })

/** Two times to meet: one that is over in the middle of the walk, and one that is over at its end. */
export const [early, late] = [slotAt(15), slotAt(20)]
/** The clock of a side: at the beginning, when a request has lapsed, when the early time is over, and when the late one is. */
export const phases = [at(1), at(14), at(16), at(21)] as const

type Type = Message['type']

/** One side: her record, what she has yet to tell, and what is on its way to the other, in no order. */
export type Half = {
  readonly exchange: Exchange
  readonly waiting: readonly Type[]
  readonly onTheWay: readonly Message[]
  readonly phase: number
}

/** Both sides, and how much may still happen that is nobody's necessity: deeds, and messages that come twice. */
export type World = {
  readonly asker: Half
  readonly asked: Half
  readonly deeds: number
  readonly doubles: number
}

const other = (side: Side): Side => (side === 'asker' ? 'asked' : 'asker')
const clockOf = ({ phase }: Half): Date => phases[phase] ?? at(100)

/** A request that the other node has. */
export function asked(offered: readonly Slot[], deeds: number, doubles: number): World {
  const half: Half = { exchange: requestedExchange(offered, at(10)), waiting: [], onTheWay: [], phase: 0 }
  return { asker: half, asked: half, deeds, doubles }
}

/** Every state that may come next, with what happened. */
export function nextWorlds(world: World): readonly (readonly [what: string, next: World])[] {
  return (['asker', 'asked'] as const).flatMap((side) => [
    ...clockMoves(world, side),
    ...deedsDone(world, side),
    ...sendings(world, side),
    ...deliveries(world, side),
  ])
}

/** Whether everything was heard, and both clocks show the same: now both must stand at the same. */
export function isQuiet({ asker, asked: otherSide }: World): boolean {
  const isEmpty = ({ waiting, onTheWay }: Half): boolean => waiting.length === 0 && onTheWay.length === 0
  return isEmpty(asker) && isEmpty(otherSide) && asker.phase === otherSide.phase
}

/** What a side's clock shows. */
export function nowOf(world: World, side: Side): Date {
  return clockOf(world[side])
}

function clockMoves(world: World, side: Side): readonly (readonly [string, World])[] {
  const half = world[side]
  // The two clocks are never far apart.
  if (half.phase + 1 >= phases.length || half.phase > world[other(side)].phase) return []
  return [[`time passes for ${side}`, { ...world, [side]: { ...half, phase: half.phase + 1 } }]]
}

function deedsDone(world: World, side: Side): readonly (readonly [string, World])[] {
  const half = world[side]
  if (world.deeds === 0) return []
  return deedsOf(half.exchange, side, clockOf(half)).flatMap((deed) =>
    messagesOf(half.exchange, side, deed).map((message): readonly [string, World] => [
      `${side}: ${deed}`,
      {
        ...world,
        deeds: world.deeds - 1,
        [side]: {
          ...half,
          exchange: done(half.exchange, side, message),
          waiting: [...half.waiting, message.type],
        },
      },
    ]),
  )
}

/** Every message that a deed may be. */
export function messagesOf(exchange: Exchange, side: Side, deed: Deed): readonly Message[] {
  const { plan, words } = exchange
  const edition = words[side].edition + 1
  const word = { edition, place: `${side} ${edition}`, access: null }
  const planned = (type: 'accept' | 'change', ...what: readonly (Slot | readonly Slot[])[]): readonly Message[] =>
    what.map((one) => ({ type, plan: nextPlan(plan, side, one), word }))
  switch (deed) {
    case 'accept':
      return [...planned('accept', ...plan.offered.slice(0, 1)), ...planned('accept', [late])]
    case 'decline':
      return [{ type: 'decline' }]
    case 'withdraw':
    case 'call-off':
      return [{ type: 'undo', version: plan.version }]
    case 'choose':
      return planned('change', ...plan.offered.slice(0, 1))
    case 'offer-times':
      return planned('change', [early])
    case 'move':
      return planned('change', plan.slot === late ? early : late)
    case 'say-place':
      return [{ type: 'change', word }]
  }
}

// The body is made of the record as it stands when it is sent. Where the answer is lost on its way back, it is sent again.
function sendings(world: World, side: Side): readonly (readonly [string, World])[] {
  const half = world[side]
  const [type, ...rest] = half.waiting
  if (type === undefined) return []
  const onTheWay = [...half.onTheWay, messageNow(half.exchange, side, type)]
  const sent: World = { ...world, [side]: { ...half, waiting: rest, onTheWay } }
  const again: World = { ...world, doubles: world.doubles - 1, [side]: { ...half, onTheWay } }
  return [
    [`${side} sends ${type}`, sent],
    ...(world.doubles > 0 ? [[`${side} sends ${type}, and again`, again] as const] : []),
  ]
}

// Any of what is on its way comes next, whatever was sent before; it may come once more.
function deliveries(world: World, from: Side): readonly (readonly [string, World])[] {
  const half = world[from]
  const to = other(from)
  return half.onTheWay.flatMap((message, index) => {
    const outcome: Outcome = received(world[to].exchange, from, message, clockOf(world[to]))
    const waiting = outcome.answer ? [...world[to].waiting, outcome.answer.type] : world[to].waiting
    const heard: World = { ...world, [to]: { ...world[to], exchange: outcome.exchange, waiting } }
    const rest: World = { ...heard, [from]: { ...half, onTheWay: half.onTheWay.toSpliced(index, 1) } }
    const what = `${to} hears ${message.type}`
    return [
      [what, rest] as const,
      ...(world.doubles > 0 ? [[`${what}, and again`, { ...heard, doubles: world.doubles - 1 }] as const] : []),
    ]
  })
}

/** The same text for the same state, whatever the order of what is on its way. */
export function keyOf({ asker, asked: otherSide, deeds, doubles }: World): string {
  return `${keyOfHalf(asker)}|${keyOfHalf(otherSide)}|${deeds}|${doubles}`
}

// Most steps change one side alone.
const keys = new WeakMap<Half, string>()

function keyOfHalf(half: Half): string {
  const known = keys.get(half) ?? madeKeyOf(half)
  keys.set(half, known)
  return known
}

function madeKeyOf({ exchange: { standing, plan, words }, waiting, onTheWay, phase }: Half): string {
  const heard = onTheWay.map(keyOfMessage)
  return `${standing} ${keyOfPlan(plan)} ${keyOfWord(words.asker)} ${keyOfWord(words.asked)} ${waiting.join()} ${heard.toSorted().join()} ${phase}`
}

function keyOfMessage(message: Message): string {
  if (message.type === 'undo') return `undo${message.version}`
  return 'word' in message
    ? `${message.type}${message.plan ? keyOfPlan(message.plan) : ''}/${keyOfWord(message.word)}`
    : message.type
}

function keyOfPlan({ version, by, slot, offered }: Plan): string {
  return `${version}${by}${slot ? slot.from.getTime() : ''}(${offered.map(({ from }) => from.getTime()).join()})`
}

function keyOfWord({ edition, place }: Word): string {
  return `${edition}${place ?? ''}`
}
