import { rm } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryOf, type Memory } from './memory.ts'
import { figure, inTurn, median, type Bench, type Figure, type Goal, type Surroundings } from './measure.ts'
import { freePort, launch, newFolder, type Program } from './programs.ts'

// Issue 2: seconds to the first page, and memory at rest.
const freshGoal: Goal = { of: 'value', limit: 6, better: 'lower' }
const usedGoal: Goal = { of: 'value', limit: 3, better: 'lower' }
const memoryGoal: Goal = { of: 'value', limit: 350, better: 'lower' }

const longestStart = 60_000
const restBefore = 5_000

type Starts = { readonly fresh: number; readonly used: number }

/** From the start of the process to the first 200 of `/`, with a fresh and a used data folder; memory at rest. */
export const start: Bench = {
  name: 'start',
  summary: 'first page after the start, against Express and the same embedded PostgreSQL; memory at rest',
  async run(around) {
    const folder = await newFolder(around)
    const measured = { ours: emptyMemory(), baseline: emptyMemory() }
    const both = (side: 'ours' | 'baseline') => (round: number) =>
      freshAndUsed(around, side, join(folder, `${side}-${round}`), (memory) => (measured[side] = memory))
    around.tell('a first start, with nothing compiled before')
    const cold = {
      ours: await coldStart(around, 'ours', folder),
      baseline: await coldStart(around, 'baseline', folder),
    }
    const times = Math.max(2, Math.round(around.seconds / 2))
    around.tell(`${times} rounds of a fresh and a used start of each`)
    const { ours, baseline } = await inTurn(both('ours'), both('baseline'), times)
    const of = (side: readonly Starts[], which: keyof Starts): number => median(side.map((starts) => starts[which]))
    return [
      figure('start.first', 'seconds', cold.ours, cold.baseline, freshGoal),
      figure('start.fresh', 'seconds', of(ours, 'fresh'), of(baseline, 'fresh'), freshGoal),
      figure('start.used', 'seconds', of(ours, 'used'), of(baseline, 'used'), usedGoal),
      ...memoryFigures(measured.ours, measured.baseline),
    ]
  },
}

function memoryFigures(ours: Memory, baseline: Memory): readonly Figure[] {
  return [
    figure('start.memory', 'MB', ours.all, baseline.all, memoryGoal),
    figure('start.memory.node', 'MB', ours.node, baseline.node),
    figure('start.memory.run', 'MB', ours.starter, baseline.starter),
    figure('start.memory.postgres', 'MB', ours.postgres, baseline.postgres),
  ]
}

// As after `npm ci`: also without what Node keeps of files that it compiled.
async function coldStart(around: Surroundings, side: 'ours' | 'baseline', folder: string): Promise<number> {
  const started = await startOnce(around, side, {
    folder: join(folder, `${side}-cold`),
    port: await freePort(),
    compiled: join(folder, `${side}-compiled`),
  })
  await started.stop()
  return started.seconds
}

async function freshAndUsed(
  around: Surroundings,
  side: 'ours' | 'baseline',
  folder: string,
  keep: (memory: Memory) => void,
): Promise<Starts> {
  const port = await freePort()
  const fresh = await startOnce(around, side, { folder, port })
  await fresh.stop()
  const used = await startOnce(around, side, { folder, port })
  if (folder.endsWith('-0')) {
    await sleep(restBefore)
    keep(memoryOf(used.pid))
  }
  await used.stop()
  await rm(folder, { recursive: true, force: true })
  return { fresh: fresh.seconds, used: used.seconds }
}

type Place = {
  readonly folder: string
  /** The same for every start in a folder: it is part of the node's address, which does not change. */
  readonly port: number
  /** Where Node keeps what it compiled, if not where it always does. */
  readonly compiled?: string
}

async function startOnce(
  around: Surroundings,
  side: 'ours' | 'baseline',
  { folder, port, compiled }: Place,
): Promise<Program & { readonly seconds: number }> {
  const file = side === 'ours' ? ['src/main.ts', 'serve', '--json'] : ['bench/bare-start.ts', folder, String(port)]
  const begin = performance.now()
  const program = launch({
    // npm's own Node, which may be older than the one that run.mjs finds.
    command: process.env['npm_node_execpath'] ?? process.execPath,
    args: ['bin/run.mjs', ...file],
    settings: {
      ...(side === 'ours' ? { PORT: String(port), SIDEWAYS_DATA: folder } : {}),
      ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled }),
    },
  })
  around.atEnd.defer(() => program.stop())
  program.child.stdout?.resume()
  await firstPage(`http://127.0.0.1:${port}/`, begin + longestStart, program)
  return { ...program, seconds: (performance.now() - begin) / 1000 }
}

// Asks again every 10 ms, each time anew: a server that listens before it can answer keeps a question waiting.
async function firstPage(url: string, until: number, { child }: { readonly child: Launched }): Promise<void> {
  let last = 'nothing listened'
  const found = new AbortController()
  while (!found.signal.aborted) {
    if (performance.now() > until) throw new Error(`no page within ${longestStart / 1000} seconds: ${last}`)
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode} before its first page`)
    get(url, { agent: false, signal: found.signal }, (answer) => {
      answer.resume().once('end', () => {
        last = `the answer was ${answer.statusCode}`
        if (answer.statusCode === 200) found.abort()
      })
    }).on('error', () => undefined) // not there yet, or another one was quicker
    await sleep(10)
  }
}

type Launched = { readonly exitCode: number | null }

function emptyMemory(): Memory {
  return { all: 0, node: 0, starter: 0, postgres: 0 }
}
