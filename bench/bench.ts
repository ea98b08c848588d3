// npm run bench -- [start|page|inbox|fanout|poll|statement|mesh|sync|relevance|facets|search|suggest|introduce|all] [--json] [--seconds N] [--profile folder] [--partners N] [--hours N] [--size N] [--keep folder]
import { parseArgs } from 'node:util'
import { facets } from './facets.ts'
import { fanout } from './fanout.ts'
import { inbox } from './inbox.ts'
import { introduce } from './introduce.ts'
import type { Bench, Figure } from './measure.ts'
import { mesh } from './mesh.ts'
import { page } from './page.ts'
import { poll } from './poll.ts'
import { relevance } from './relevance.ts'
import { search } from './search.ts'
import { start } from './start.ts'
import { statement } from './statement.ts'
import { suggest } from './suggest.ts'
import { sync } from './sync.ts'

const benches: readonly Bench[] = [
  start,
  page,
  inbox,
  fanout,
  poll,
  statement,
  mesh,
  sync,
  relevance,
  facets,
  search,
  suggest,
  introduce,
]

const usage = `npm run bench -- <name> [--json] [--seconds 6] [--profile folder]

${[...benches, { name: 'all', summary: 'these, one after the other, without the long ones' }]
  .map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}`)
  .join('\n')}

  --seconds  how long each side of a figure is measured; 6 unless given
  --profile  writes CPU profiles of the node into a folder
  --partners, --hours  a smaller mesh
  --size     pairs of a smaller introduce, listings of a smaller sync, or of the directory of search, facets and suggest
  --keep     leaves the large directory of those in a folder, and uses it again
What the figures mean: docs/benchmarks.md
`

process.exitCode = await main(process.argv.slice(2))

/** 0 when every goal is met, 1 when one is not or something went wrong, 64 for a use that is not known. */
async function main(args: readonly string[]): Promise<number> {
  const asked = readArguments(args)
  if (asked === undefined) {
    process.stderr.write(usage)
    return 64
  }
  let missed = 0
  if (!asked.json) process.stdout.write(`${row('', 'value', 'baseline', 'ratio', 'goal')}\n`)
  for (const bench of asked.benches) {
    for (const figure of await runOne(bench, asked)) {
      process.stdout.write(`${asked.json ? JSON.stringify(figure) : tableRow(figure)}\n`)
      if (figure.pass === false) missed += 1
    }
  }
  return missed === 0 ? 0 : 1
}

type Asked = {
  readonly benches: readonly Bench[]
  readonly json: boolean
  readonly seconds: number
  readonly profiles: string | undefined
  readonly partners: number | undefined
  readonly hours: number | undefined
  readonly size: number | undefined
  readonly keep: string | undefined
}

function readArguments(args: readonly string[]): Asked | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        seconds: { type: 'string' },
        profile: { type: 'string' },
        partners: { type: 'string' },
        hours: { type: 'string' },
        size: { type: 'string' },
        keep: { type: 'string' },
      },
    })
    const seconds = Number(values.seconds ?? 6)
    const partners = values.partners === undefined ? undefined : Number(values.partners)
    const hours = values.hours === undefined ? undefined : Number(values.hours)
    const size = values.size === undefined ? undefined : Number(values.size)
    const chosen = benches.filter(({ name, isLong }) =>
      positionals[0] === 'all' ? isLong !== true : positionals[0] === name,
    )
    if (chosen.length === 0 || positionals.length > 1 || !(seconds > 0)) return undefined
    if (![partners, hours, size].every((count) => count === undefined || (Number.isSafeInteger(count) && count > 0)))
      return undefined
    return {
      benches: chosen,
      json: values.json === true,
      seconds,
      profiles: values.profile,
      partners,
      hours,
      size,
      keep: values.keep,
    }
  } catch {
    return undefined // parseArgs throws only for options that are not known
  }
}

async function runOne(
  bench: Bench,
  { seconds, profiles, partners, hours, size, keep }: Asked,
): Promise<readonly Figure[]> {
  const atEnd = new AsyncDisposableStack()
  let ending: Promise<void> | undefined
  const interrupted = (): void => {
    ending ??= atEnd.disposeAsync().finally(() => process.exit(130))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupted)
  const tell = (text: string): void => {
    process.stderr.write(`  ${bench.name}: ${text}\n`)
  }
  try {
    return await bench.run({ seconds, profiles, partners, hours, size, keep, atEnd, tell })
  } finally {
    await (ending ?? atEnd.disposeAsync())
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, interrupted)
  }
}

function tableRow({ bench, value, unit, against, ratio, goal, pass }: Figure): string {
  const verdict = goal === null ? 'none yet' : `${goal}: ${pass ? 'met' : 'MISSED'}`
  return row(bench, `${value} ${unit}`, String(against), String(ratio), verdict)
}

function row(bench: string, value: string, against: string, ratio: string, goal: string): string {
  return `${bench.padEnd(24)}${value.padEnd(30)}${against.padEnd(12)}${ratio.padEnd(10)}${goal}`
}
