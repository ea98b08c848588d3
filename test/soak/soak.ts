// npm run soak -- --schedules N --seed S [--steps M] [--json]
import { parseArgs } from 'node:util'
import { prepare } from './ground.ts'
import { play, type Outcome } from './play.ts'

const usage = `npm run soak -- [--schedules 200] [--seed 1] [--steps 30] [--until-broken] [--json]

Three nodes in processes of their own live through random schedules; after every step the promise must hold.
  --schedules     how many; each has the seed of the one before plus one
  --seed          the first seed; with --schedules 1 it replays that one
  --steps         of each schedule
  --until-broken  ends with the first schedule in which it does not
  --json          one line of JSON for each schedule
What it does and how to read it: docs/faults.md
`

process.exitCode = await main(process.argv.slice(2))

/** 0 when the promise held, 1 when it did not, 64 for a use that is not known. */
async function main(args: readonly string[]): Promise<number> {
  const asked = readArguments(args)
  if (!asked) {
    process.stderr.write(usage)
    return 64
  }
  const words: string[] = []
  const ground = await prepare({ hear: (line) => void words.push(line) })
  let isInterrupted = false
  const end = (): void => {
    isInterrupted = true
    void ground.end().finally(() => process.exit(130))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  const begun = performance.now()
  const outcomes: Outcome[] = []
  try {
    for (let number = 0; number < asked.schedules; number += 1) {
      words.length = 0
      const before = performance.now()
      const outcome = await play(ground, asked.seed + number, asked.steps)
      outcomes.push(outcome)
      const seconds = (performance.now() - before) / 1000
      if (asked.json)
        process.stdout.write(
          `${JSON.stringify({ ...outcome, seconds, trace: failed(outcome) ? outcome.trace : [] })}\n`,
        )
      else process.stdout.write(lineOf(outcome, seconds))
      if (failed(outcome) && asked.untilBroken) number = asked.schedules
      if (failed(outcome) && !asked.json) process.stdout.write(storyOf(outcome, words, asked.steps))
    }
  } catch (error) {
    if (!isInterrupted) throw error
    await new Promise(() => undefined) // `end` ends us
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, end)
    await ground.end()
  }
  const broken = outcomes.filter(failed)
  if (!asked.json) process.stdout.write(summaryOf(outcomes, broken, (performance.now() - begun) / 1000))
  return broken.length === 0 ? 0 : 1
}

function failed({ wrong }: Outcome): boolean {
  return wrong.length > 0
}

function readArguments(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        schedules: { type: 'string' },
        seed: { type: 'string' },
        steps: { type: 'string' },
        json: { type: 'boolean' },
        'until-broken': { type: 'boolean' },
      },
    })
    const numbers = {
      schedules: Number(values.schedules ?? 200),
      seed: Number(values.seed ?? 1),
      steps: Number(values.steps ?? 30),
    }
    if (!Object.values(numbers).every((number) => Number.isSafeInteger(number) && number > 0)) return undefined
    return { ...numbers, json: values.json === true, untilBroken: values['until-broken'] === true }
  } catch {
    return undefined // parseArgs throws only for options that are not known
  }
}

function lineOf(outcome: Outcome, seconds: number): string {
  const { seed, steps, deaths, restores, looks, hoursToHeal } = outcome
  const verdict = failed(outcome) ? 'BROKEN' : 'held'
  return `seed ${seed}: ${verdict}; ${steps} steps, ${deaths} deaths, ${restores} restores, ${looks} copies seen, healed after ${hoursToHeal} h; ${seconds.toFixed(1)} s\n`
}

function storyOf({ seed, wrong, trace }: Outcome, words: readonly string[], steps: number): string {
  const parts = [...wrong.map((one) => `  ! ${one}`), ...trace.map((one) => `    ${one}`)]
  const said = words.slice(-20).map((one) => `    said: ${one}`)
  return `${[...parts, ...said].join('\n')}\n  again: npm run soak -- --schedules 1 --seed ${seed} --steps ${steps}\n`
}

function summaryOf(outcomes: readonly Outcome[], broken: readonly Outcome[], seconds: number): string {
  const total = (of: (outcome: Outcome) => number): number => outcomes.reduce((sum, outcome) => sum + of(outcome), 0)
  const verdict =
    broken.length === 0
      ? 'the promise held in all of them'
      : `the promise was broken in ${broken.length}: seeds ${broken.map(({ seed }) => seed).join(', ')}`
  return `${outcomes.length} schedules, ${total(({ steps }) => steps)} steps, ${total(({ deaths }) => deaths)} deaths, ${total(({ restores }) => restores)} restores, ${total(({ looks }) => looks)} copies seen, in ${seconds.toFixed(0)} s: ${verdict}\n`
}
