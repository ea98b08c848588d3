import { enableCompileCache } from 'node:module'
import { parseArgs } from 'node:util'
import { commands, type Command, type Surroundings } from './command-line.ts'

enableCompileCache()
// Whoever read our output may be gone (a closed terminal, a tee that had Ctrl-C first): stopping in order matters more.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

/** The command line: `npm run sideways -- <command>`. The only file that reads the environment and ends the process. */
async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args)
  const name = positionals[0]
  const command = commands.find((one) => one.name === name)
  if (name === undefined || (name === 'help' && positionals[1] === undefined) || (!command && values.help)) {
    process.stdout.write(overview())
    return name === undefined && !values.help ? 64 : 0
  }
  const explained =
    name === 'help' ? commands.find((one) => one.name === positionals[1]) : values.help ? command : undefined
  if (explained) {
    process.stdout.write(helpOf(explained))
    return 0
  }
  if (!command) {
    process.stderr.write(`There is no command "${name}".\n\n${overview()}`)
    return 64
  }
  const stop = stopSignal()
  const surroundings: Surroundings = {
    environment: process.env,
    words: positionals.slice(1),
    options: values,
    json: values.json === true,
    stop,
    say: (text) => process.stdout.write(`${text}\n`),
    warn: (text) => process.stderr.write(`${text}\n`),
  }
  return command.run(surroundings)
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        check: { type: 'boolean' },
        undo: { type: 'boolean' },
        'log-lost': { type: 'boolean' },
        administrator: { type: 'boolean' },
        role: { type: 'string', multiple: true },
        sector: { type: 'string', multiple: true },
        country: { type: 'string', multiple: true },
        language: { type: 'string', multiple: true },
        shares: { type: 'string', multiple: true },
        wants: { type: 'string', multiple: true },
        'only-one': { type: 'boolean' },
        open: { type: 'boolean' },
        limit: { type: 'string' },
        key: { type: 'string' },
        person: { type: 'string' },
        'all-people': { type: 'boolean' },
        node: { type: 'boolean' },
      },
    })
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nRun "npm run sideways -- help".\n`)
    process.exit(64)
  }
}

/**
 * Settles at the first Ctrl-C or SIGTERM, or when what started us is gone: several of these come at once when a supervisor
 * stops npm, and all mean the same. Only a second Ctrl-C ends at once, without waiting for what is in hand.
 */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let interrupts = 0
    process.on('SIGINT', () => {
      interrupts += 1
      if (interrupts > 1) process.exit(130)
      resolve()
    })
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
    process.once('disconnect', () => resolve())
    // bin/run.mjs keeps a channel open that tells us when it is gone; the channel must not keep us.
    process.channel?.unref()
  })
}

function overview(): string {
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`)
  return `Sideways: find a peer in another organisation.\n\nUse: npm run sideways -- <command> [--json]\n\n${lines.join('\n')}\n\nnpm run sideways -- help <command> tells more. Settings: docs/configuration.md\n`
}

function helpOf(command: Command): string {
  return `npm run sideways -- ${command.use}\n\n${command.help}\n`
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return 1
})
// A stray timer or socket must not keep a finished command alive.
if (process.exitCode !== undefined) process.exit()
