// What can happen in a schedule, and a schedule drawn by lot from a number: the same number, the same schedule.
import { day, hour, minute } from '../../src/common/clock.ts'
import type { Doorbells, FaultPoint } from '../support/node-child-words.ts'
import { numbersFrom } from '../support/people.ts'

/** Nodes are 0, 1, 2; people 1, 2, 3 of their node. A step that makes no sense where things stand does nothing. */
export type Step = (
  | {
      readonly step: 'publish' | 'change' | 'open' | 'close' | 'withdraw'
      readonly node: number
      readonly person: number
    }
  | { readonly step: 'hide' | 'unhide'; readonly node: number; readonly person: number; readonly from: number }
  | { readonly step: 'cut' | 'heal'; readonly node: number; readonly to: number; readonly ways: 1 | 2 }
  | { readonly step: 'crash' | 'stop' | 'restart' | 'backup'; readonly node: number }
  | { readonly step: 'die-at'; readonly node: number; readonly point: FaultPoint }
  | { readonly step: 'restore'; readonly node: number; readonly older: boolean }
  | { readonly step: 'doorbells'; readonly node: number; readonly how: Doorbells }
  | { readonly step: 'let-go'; readonly node: number; readonly order: 'as-rung' | 'reversed' }
  | { readonly step: 'wait'; readonly milliseconds: number }
) & {
  /** Whether the nodes then do their jobs until all is quiet. */
  readonly settle: boolean
}

type Draw = {
  below(limit: number): number
  one<Value>(values: readonly Value[]): Value
  chance(share: number): boolean
}

function drawFrom(seed: number): Draw {
  const next = numbersFrom(seed)
  for (let warm = 0; warm < 5; warm += 1) next()
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    chance: (share) => next() < share,
    one(values) {
      const value = values[below(values.length)]
      if (value === undefined) throw new Error('nothing to draw from')
      return value
    },
  }
}

const pages = '/ap/directory/listings\\?'
const statements = '/ap/directory/listings/statement'
const points: readonly Omit<FaultPoint, 'nth'>[] = [
  { when: 'answered', path: pages, dies: 'now' },
  { when: 'answered', path: pages, dies: 'before-commit' },
  { when: 'answered', path: pages, dies: 'after-commit' },
  { when: 'answered', path: statements, dies: 'now' },
  { when: 'answered', path: statements, dies: 'before-commit' },
  { when: 'answered', path: statements, dies: 'after-commit' },
  { when: 'serving', path: pages, dies: 'half-answer' },
  { when: 'serving', path: pages, dies: 'now' },
  { when: 'serving', path: statements, dies: 'before-commit' },
  { when: 'serving', path: statements, dies: 'after-commit' },
  { when: 'serving', path: statements, dies: 'half-answer' },
  { when: 'serving', path: '/inbox', dies: 'before-commit' },
  { when: 'asking', path: '/inbox', dies: 'now' },
  { when: 'answered', path: '/inbox', dies: 'now' },
]

const waits: readonly number[] = [
  30_000,
  10 * minute,
  10 * minute,
  50 * minute,
  61 * minute,
  61 * minute,
  3 * hour,
  8 * hour,
  26 * hour,
  3 * day,
  8 * day,
]

// How often a kind of step is drawn, of all these together.
const weights: Readonly<Record<Step['step'], number>> = {
  publish: 12,
  change: 7,
  open: 7,
  close: 6,
  withdraw: 14,
  hide: 10,
  unhide: 8,
  cut: 8,
  heal: 8,
  crash: 4,
  stop: 1,
  restart: 2,
  'die-at': 7,
  backup: 5,
  restore: 5,
  doorbells: 8,
  'let-go': 6,
  wait: 22,
}

const lots = Object.entries(weights).flatMap(([step, weight]) =>
  Array.from({ length: weight }, () => step as Step['step']),
)

// Where things stand as far as steps alone can tell: what is drawn should mostly make sense.
type Standing = {
  readonly listed: Set<string>
  readonly open: Set<string>
  readonly hidden: Set<string>
  readonly cut: Set<string>
  readonly down: Set<number>
  readonly doomed: Set<number>
  readonly odd: Set<number>
  readonly backups: Set<number>
}

/** A schedule of that many steps; it begins with a few people who publish. */
export function scheduleOf(seed: number, count: number): readonly Step[] {
  const draw = drawFrom(seed)
  const at: Standing = {
    listed: new Set(),
    open: new Set(),
    hidden: new Set(),
    cut: new Set(),
    down: new Set(),
    doomed: new Set(),
    odd: new Set(),
    backups: new Set(),
  }
  const steps: Step[] = []
  while (steps.length < count) {
    const isBeginning = steps.length < 5
    const next = isBeginning
      ? [onePublishing(draw, steps.length === 4)]
      : draw.chance(0.07)
        ? oneStory(draw)
        : [oneStep(draw, at)]
    for (const step of next) {
      if (!isSense(step, at)) continue
      stand(step, at)
      steps.push(step)
    }
  }
  return steps.slice(0, count)
}

/** Steps that make trouble together, and would seldom come together by chance. */
function oneStory(draw: Draw): readonly Step[] {
  const node = draw.below(3)
  const other = (node + 1 + draw.below(2)) % 3
  const settle = draw.chance(0.5)
  const people = [1, 2, 3].map((person): Step => {
    if (draw.chance(0.3)) return { step: 'hide', node, person, from: other, settle }
    return { step: draw.chance(0.3) ? 'close' : 'withdraw', node, person, settle }
  })
  const change = draw.one(people)
  return draw.one<readonly Step[]>([
    // A message is lost, and nothing else.
    [
      { step: 'doorbells', node, how: 'lose', settle },
      change,
      { step: 'wait', milliseconds: 61 * minute, settle: true },
      { step: 'doorbells', node, how: 'pass', settle },
    ],
    // The origin comes back from before somebody changed her mind.
    [{ step: 'backup', node, settle }, change, { step: 'restore', node, older: false, settle: true }],
    // Its reader does.
    [{ step: 'backup', node: other, settle }, change, { step: 'restore', node: other, older: false, settle: true }],
    // Nobody hears of it for longer than a lease runs.
    [
      { step: 'cut', node, to: other, ways: 2, settle },
      change,
      { step: 'wait', milliseconds: 8 * day, settle },
      { step: 'heal', node, to: other, ways: 2, settle: true },
    ],
    // Both at once: the origin forgets, and its reader cannot ask.
    [
      { step: 'backup', node, settle },
      { step: 'cut', node, to: other, ways: 2, settle },
      change,
      { step: 'restore', node, older: false, settle },
      { step: 'heal', node, to: other, ways: 2, settle: true },
    ],
  ])
}

function onePublishing(draw: Draw, settle: boolean): Step {
  return { step: 'publish', node: draw.below(3), person: 1 + draw.below(3), settle }
}

function oneStep(draw: Draw, at: Standing): Step {
  const gone = [...at.down, ...at.doomed]
  const step = gone.length > 0 && draw.chance(0.2) ? 'restart' : draw.one(lots)
  const node = step === 'restart' && gone.length > 0 ? draw.one(gone) : draw.below(3)
  const other = (node + 1 + draw.below(2)) % 3
  const settle = draw.chance(0.75)
  if (step === 'wait') return { step, milliseconds: draw.one(waits), settle: draw.chance(0.9) }
  if (step === 'cut' || step === 'heal') {
    const [from = node, to = other] =
      step === 'heal' && at.cut.size > 0
        ? draw
            .one([...at.cut])
            .split('>')
            .map(Number)
        : []
    return { step, node: from, to, ways: draw.chance(0.3) ? 1 : 2, settle }
  }
  if (step === 'die-at') return { step, node, point: { ...draw.one(points), nth: 1 + draw.below(2) }, settle }
  if (step === 'restore') return { step, node, older: draw.chance(0.3), settle }
  if (step === 'doorbells') return { step, node, how: draw.one(['pass', 'lose', 'twice', 'hold'] as const), settle }
  if (step === 'let-go') {
    const odd = at.odd.size > 0 ? draw.one([...at.odd]) : node
    return { step, node: odd, order: draw.one(['as-rung', 'reversed'] as const), settle }
  }
  if (step === 'crash' || step === 'stop' || step === 'restart' || step === 'backup') return { step, node, settle }
  return onePersonsStep(draw, at, step, settle)
}

type PersonsStep = Extract<Step, { readonly person: number }>

// Somebody for whom it makes sense, if there is one.
function onePersonsStep(draw: Draw, at: Standing, step: PersonsStep['step'], settle: boolean): Step {
  if (step === 'unhide' && at.hidden.size > 0) {
    const [who = '', from] = draw.one([...at.hidden]).split('>')
    return { step, ...personIn(who), from: Number(from), settle }
  }
  const among =
    step === 'publish' ? everybody.filter((one) => !at.listed.has(one)) : [...(step === 'close' ? at.open : at.listed)]
  const who = personIn(draw.one(among.length > 0 ? among : everybody))
  const from = (who.node + 1 + draw.below(2)) % 3
  return step === 'hide' || step === 'unhide' ? { step, ...who, from, settle } : { step, ...who, settle }
}

const everybody: readonly string[] = [0, 1, 2].flatMap((node) => [1, 2, 3].map((person) => `${node}_${person}`))

function personIn(who: string): { readonly node: number; readonly person: number } {
  const [node, person] = who.split('_')
  return { node: Number(node), person: Number(person) }
}

function isSense(step: Step, at: Standing): boolean {
  if (step.step === 'wait') return true
  if (step.step === 'restart') return at.down.has(step.node) || at.doomed.has(step.node)
  if (step.step === 'restore') return at.backups.has(step.node)
  if (at.down.has(step.node)) return false
  if ('person' in step) {
    const who = `${step.node}_${step.person}`
    if (step.step === 'publish') return !at.listed.has(who)
    if (!at.listed.has(who)) return false
    if (step.step === 'close') return at.open.has(who)
    if (step.step === 'hide') return !at.hidden.has(`${who}>${step.from}`)
    return step.step !== 'unhide' || at.hidden.has(`${who}>${step.from}`)
  }
  if (step.step === 'heal') return at.cut.has(`${step.node}>${step.to}`)
  if (step.step === 'let-go') return at.odd.has(step.node)
  if (step.step === 'doorbells') return (step.how === 'pass') === at.odd.has(step.node)
  return step.step !== 'die-at' || !at.doomed.has(step.node)
}

function stand(step: Step, at: Standing): void {
  if (step.step === 'wait') return
  const set = <Value>(values: Set<Value>, value: Value, isIn: boolean): unknown =>
    isIn ? values.add(value) : values.delete(value)
  if ('person' in step) {
    const who = `${step.node}_${step.person}`
    if (step.step === 'publish' || step.step === 'withdraw') set(at.listed, who, step.step === 'publish')
    if (step.step === 'open' || step.step === 'close') set(at.open, who, step.step === 'open')
    if (step.step === 'withdraw') at.open.delete(who)
    if ('from' in step) set(at.hidden, `${who}>${step.from}`, step.step === 'hide')
  } else if ('to' in step) {
    set(at.cut, `${step.node}>${step.to}`, step.step === 'cut')
    if (step.ways === 2) set(at.cut, `${step.to}>${step.node}`, step.step === 'cut')
  } else if (step.step === 'doorbells' || step.step === 'let-go')
    set(at.odd, step.node, step.step === 'doorbells' && step.how !== 'pass')
  else if (step.step === 'backup') at.backups.add(step.node)
  else if (step.step === 'die-at') at.doomed.add(step.node)
  else {
    set(at.down, step.node, step.step === 'crash' || step.step === 'stop')
    at.doomed.delete(step.node)
    at.odd.delete(step.node)
  }
}

/** A step in a few words, for whoever reads why a schedule failed. */
export function told(step: Step): string {
  const { step: name, settle, ...rest } = step
  const facts = Object.entries(rest).map(
    ([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`,
  )
  return `${name} ${facts.join(', ')}${settle ? '' : ' (and nobody settles)'}`
}
