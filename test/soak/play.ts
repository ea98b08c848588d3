// Plays a schedule on three real nodes and looks, after every step, for anything that should not be.
import { join } from 'node:path'
import { hour, later, minute } from '../../src/common/clock.ts'
import { backup } from '../../src/ops/backup.ts'
import { restore } from '../../src/ops/restore.ts'
import { settleChildren } from '../support/node-child.ts'
import type { Deed } from '../support/node-child-words.ts'
import { firstDay, peoplePerNode, type Ground } from './ground.ts'
import { differencesLeft, look } from './look.ts'
import { keep, linkOf, newModel, nodes, personOf, take, takeRestored } from './model.ts'
import { died, isUp, mayDie, pairs, placeOf, reaches, type Stage } from './stage.ts'
import { scheduleOf, told, type Step } from './steps.ts'

/** How a schedule went. `wrong` is empty when the promise held. */
export type Outcome = {
  readonly seed: number
  readonly steps: number
  readonly wrong: readonly string[]
  /** The steps as they were played, with the time of the nodes. */
  readonly trace: readonly string[]
  /** Times that a process was killed by SIGKILL, and that a node came back from a backup. */
  readonly deaths: number
  readonly restores: number
  /** Copies that were looked at. */
  readonly looks: number
  /** Hours of the nodes' clock from healing until every root was equal. */
  readonly hoursToHeal: number
}

/** Plays the schedule of a seed. Ends at the first step after which something is wrong. */
export async function play(ground: Ground, seed: number, count: number): Promise<Outcome> {
  await ground.begin()
  const handles = ground.places.flatMap(({ name }) =>
    Array.from({ length: peoplePerNode }, (_, index) => `${name}_${index + 1}`),
  )
  const stage: Stage = {
    ground,
    model: newModel(firstDay, handles),
    cut: new Set(),
    doorbells: nodes.map(() => 'pass' as const),
    backups: nodes.map(() => []),
    unsure: new Map(),
    readers: new Map(ground.places.map(({ child }, index) => [child.host, index])),
    wrong: [],
    trace: [],
    upSince: nodes.map(() => firstDay),
    deaths: 0,
    restores: 0,
    looks: 0,
  }
  let played = 0
  for (const step of scheduleOf(seed, count)) {
    played += 1
    stage.trace.push(`${stage.model.now.toISOString()}  ${told(step)}`)
    // A second passes with every step, so that each is before or after another.
    await moveTo(stage, later(stage.model.now, 1000))
    await play1(stage, step)
    relink(stage)
    if (['wait', 'restart', 'restore'].includes(step.step)) await look(stage, false)
    if (step.settle) await settle(stage)
    if (step.settle) await look(stage, true)
    if (stage.wrong.length > 0) break
  }
  const hoursToHeal = stage.wrong.length > 0 ? Number.NaN : await heal(stage)
  const { wrong, trace, deaths, restores, looks } = stage
  return { seed, steps: played, wrong, trace, deaths, restores, looks, hoursToHeal }
}

async function play1(stage: Stage, step: Step): Promise<void> {
  if (step.step === 'wait') return pass(stage, step)
  const { child } = placeOf(stage, step.node)
  if (step.step === 'restart') return child.isUp() ? undefined : start(stage, step.node)
  if (step.step === 'restore') return bringBack(stage, step.node, step.older)
  if (!child.isUp()) return
  if ('person' in step) return decide(stage, step)
  if (step.step === 'crash') return died(stage, step.node, child.kill())
  if (step.step === 'stop') return child.stop()
  if (step.step === 'die-at') return child.tell('dieAt', step.point)
  if (step.step === 'backup') return makeBackup(stage, step.node)
  if (step.step === 'let-go') {
    stage.doorbells[step.node] = 'pass'
    await mayDie(stage, step.node, () => child.tell('letGo', step.order))
  } else if (step.step === 'doorbells') {
    stage.doorbells[step.node] = step.how
    await child.tell('doorbells', step.how)
  } else if (step.step === 'cut' || step.step === 'heal') {
    for (const way of step.ways === 2
      ? [`${step.node}>${step.to}`, `${step.to}>${step.node}`]
      : [`${step.node}>${step.to}`])
      if (step.step === 'cut') stage.cut.add(way)
      else stage.cut.delete(way)
    await tellCuts(stage)
  }
}

// Unless everybody sleeps, the hourly work of the first hour is done before the rest of a longer time passes.
async function pass(stage: Stage, { milliseconds, settle: isAwake }: Extract<Step, { step: 'wait' }>): Promise<void> {
  const first = isAwake ? Math.min(milliseconds, 61 * minute) : 0
  if (first < milliseconds && first > 0) {
    await moveTo(stage, later(stage.model.now, first))
    await look(stage, false)
    await settle(stage)
    await look(stage, true)
  }
  await moveTo(stage, later(stage.model.now, first < milliseconds ? milliseconds - first : milliseconds))
}

async function decide(stage: Stage, step: Extract<Step, { readonly person: number }>): Promise<void> {
  const { name, child } = placeOf(stage, step.node)
  const handle = `${name}_${step.person}`
  const person = personOf(stage.model, handle)
  const own = (await child.tell('people')).find((one) => one.handle === handle)
  if (!own) throw new Error(`${handle} is gone`)
  const deeds: Deed[] = []
  if (step.step === 'hide' || step.step === 'unhide') {
    const { host } = placeOf(stage, step.from).child
    const others = own.hiddenFrom.filter((one) => one !== host)
    if (own.hiddenFrom.includes(host) === (step.step === 'hide')) return
    deeds.push({ deed: 'hide', person: handle, hosts: step.step === 'hide' ? [...others, host] : others })
  } else if (step.step === 'publish' ? own.isListed : !own.isListed) return
  else if (step.step !== 'change') deeds.push({ deed: step.step, person: handle })
  // A new text first, so that whatever is shown tells which decision it was made under.
  if (step.step !== 'withdraw' && step.step !== 'hide') {
    person.life += 1
    deeds.unshift({ deed: 'say', person: handle, introduction: `life ${person.life}` })
  }
  const isDone = await mayDie(stage, step.node, async () => {
    for (const deed of deeds) await child.act(deed)
  })
  if (isDone) await takeOwn(stage, step.node, stage.model.now)
}

async function takeOwn(stage: Stage, node: number, at: Date): Promise<void> {
  for (const own of await placeOf(stage, node).child.tell('people')) take(stage.model, node, own, stage.readers, at)
}

async function start(stage: Stage, node: number): Promise<void> {
  const { child } = placeOf(stage, node)
  await child.start(stage.model.now)
  justStarted(stage, node)
  await tellCuts(stage)
  await takeOwn(stage, node, stage.unsure.get(node) ?? stage.model.now)
  stage.unsure.delete(node)
}

// Its links broke and are made anew, and it asks everybody.
function justStarted(stage: Stage, node: number): void {
  relink(stage, node)
  stage.doorbells[node] = 'pass'
  stage.upSince[node] = stage.model.now
  for (const [reader, origin] of pairs()) if (reader === node) linkOf(stage.model, reader, origin).readerStarted = true
}

async function tellCuts(stage: Stage): Promise<void> {
  for (const node of nodes) {
    if (!isUp(stage, node)) continue
    const hosts = nodes.filter((to) => stage.cut.has(`${node}>${to}`)).map((to) => placeOf(stage, to).child.host)
    await placeOf(stage, node).child.tell('refuse', hosts)
  }
}

async function makeBackup(stage: Stage, node: number): Promise<void> {
  const place = placeOf(stage, node)
  const made = stage.backups[node] ?? []
  const file = join(stage.ground.folder, `${place.name}-${made.length}.backup`)
  await backup(place.databaseUrl, file, () => stage.model.now)
  const handles = Array.from({ length: peoplePerNode }, (_, index) => `${place.name}_${index + 1}`)
  made.push({ file, kept: keep(stage.model, handles) })
}

async function bringBack(stage: Stage, node: number, older: boolean): Promise<void> {
  const place = placeOf(stage, node)
  const made = stage.backups[node] ?? []
  const chosen = older ? made[0] : made.at(-1)
  if (!chosen) return
  // What its owner decided while it was dying is what its database says: it is asked before that is gone.
  if (!place.child.isUp()) await start(stage, node)
  await died(stage, node, place.child.kill())
  stage.unsure.delete(node)
  await stage.ground.emptyDatabase(place)
  await restore(place.databaseUrl, chosen.file)
  await place.child.start(stage.model.now)
  stage.restores += 1
  justStarted(stage, node)
  await tellCuts(stage)
  await stage.ground.signIn(place)
  for (const own of await place.child.tell('people'))
    stage.wrong.push(...takeRestored(stage.model, node, own, chosen.kept, stage.readers))
}

async function moveTo(stage: Stage, time: Date): Promise<void> {
  stage.model.now = time
  for (const { child } of stage.ground.places) if (child.isUp()) await child.tell('time', time)
}

/** Lets every node that runs do what is due, until all is quiet. */
async function settle(stage: Stage): Promise<void> {
  const { model } = stage
  for (const [reader, origin] of pairs())
    if (reaches(stage, reader, origin)) linkOf(model, reader, origin).lastContact = model.now
  const before = nodes.filter((node) => isUp(stage, node))
  const failed = await settleChildren(...stage.ground.places.map(({ child }) => child))
  stage.wrong.push(...failed.map((error) => `a job failed: ${error}`))
  for (const node of before) if (!isUp(stage, node)) await died(stage, node, Promise.resolve())
  relink(stage)
  for (const [reader, origin] of pairs()) {
    const link = linkOf(model, reader, origin)
    if (!link.goodSince || link.freshSince) continue
    const hasJustStarted = link.readerStarted === true
    if (hasJustStarted || model.now >= later(link.goodSince, 7 * hour)) link.freshSince = model.now
    delete link.readerStarted
  }
}

/** What became of every link by the newest step; those of `broken` do not reach across it. */
function relink(stage: Stage, broken?: number): void {
  const { model } = stage
  for (const [reader, origin] of pairs()) {
    const link = linkOf(model, reader, origin)
    const isGood =
      reaches(stage, reader, origin) && reaches(stage, origin, reader) && reader !== broken && origin !== broken
    const isHeard = isGood && ['pass', 'twice'].includes(stage.doorbells[origin] ?? '')
    link.goodSince = isGood ? (link.goodSince ?? model.now) : undefined
    link.heardSince = isHeard ? (link.heardSince ?? model.now) : undefined
    if (!isGood) link.freshSince = undefined
  }
}

/** Mends everything, and waits until every subscriber's root is its origin's. Returns after how many hours of their clock. */
async function heal(stage: Stage): Promise<number> {
  stage.trace.push(`${stage.model.now.toISOString()}  everything heals`)
  await moveTo(stage, later(stage.model.now, 1000))
  stage.cut.clear()
  for (const node of nodes) {
    if (!isUp(stage, node)) await start(stage, node)
    await placeOf(stage, node).child.tell('dieAt', undefined)
    await placeOf(stage, node).child.tell('doorbells', 'pass')
    stage.doorbells[node] = 'pass'
  }
  await tellCuts(stage)
  relink(stage)
  const healedAt = stage.model.now
  for (let hours = 0; ; hours += 1) {
    await moveTo(stage, later(healedAt, hours * hour))
    await settle(stage)
    const sights = await look(stage, true)
    if (stage.wrong.length > 0) return hours
    const differences = (await Promise.all(sights.map((sight) => differencesLeft(stage, sight)))).flat()
    if (differences.length === 0) return hours
    // Six hours of waiting and a tenth, or, after four snapshots in a day, the next day.
    const most = differences.some(({ isWaiting }) => isWaiting) ? 32 : 7
    if (hours < most) continue
    stage.wrong.push(...differences.map(({ what }) => `${hours} hours after everything healed: ${what}`))
    return hours
  }
}
