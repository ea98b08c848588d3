// npm run peers: a Sideways node and a server that we did not write talk to each other over https on this machine.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { aPlaceOfItsOwn } from './place.ts'
import { Skip } from './skip.ts'
import { snac2OfDebian } from './snac2/package.ts'

const usage = `npm run peers -- [--suite trixie] [--cache folder] [--required] [--keep] [--verbose]

Runs snac2, a small ActivityPub server that we did not write, beside a Sideways node and goes through what people do between them.
  --suite      the suite of Debian that snac2 is taken from: trixie, forky, sid
  --cache      the folder in which it is kept for the next run (${join(tmpdir(), 'sideways-peers')})
  --required   ends with 1 where it cannot be run here; otherwise it says SKIPPED and ends with 0
  --keep       leaves the folder of the run for a look
  --verbose    what went between the two, when something failed
Needs Debian on x64, root, and the network on the first run. What was tried: docs/peers.md
`

process.exitCode = await main(process.argv.slice(2))

/** 0 when everything held or was skipped, 1 when something did not, 64 for a use that is not known. */
async function main(args: readonly string[]): Promise<number> {
  const asked = readArguments(args)
  if (!asked) {
    process.stderr.write(usage)
    return 64
  }
  const folder = await mkdtemp(join(tmpdir(), 'sideways-peers-'))
  try {
    const snac2 = await snac2OfDebian(asked.cache, asked.suite, (line) => process.stdout.write(`${line}\n`))
    const place = await aPlaceOfItsOwn(folder, ['north.test', 'snac.test'])
    const stage = fileURLToPath(new URL('./snac2/stage.ts', import.meta.url))
    const plan = JSON.stringify({ folder, snac2, place, verbose: asked.verbose })
    return await inPlace([...place.command, process.execPath, '--disable-warning=ExperimentalWarning', stage, plan], {
      NODE_EXTRA_CA_CERTS: place.authority,
    })
  } catch (error) {
    if (!(error instanceof Skip)) throw error
    process.stdout.write(`SKIPPED: ${error.message}\n`)
    return asked.required ? 1 : 0
  } finally {
    if (asked.keep) process.stdout.write(`The folder of the run is ${folder}\n`)
    else await rm(folder, { recursive: true, force: true })
  }
}

// The stage ends what it started when it is told to, and when we are gone: the channel closes.
function inPlace([command = '', ...args]: readonly string[], environment: Record<string, string>): Promise<number> {
  const stage = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...environment },
  })
  const pass = (signal: NodeJS.Signals): void => void stage.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, pass)
  process.once('disconnect', () => pass('SIGTERM'))
  return new Promise((resolve, reject) => {
    stage.once('error', reject)
    stage.once('exit', (code, signal) => {
      if (process.connected) process.disconnect()
      resolve(signal ? 128 + constants.signals[signal] : (code ?? 1))
    })
  })
}

function readArguments(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        suite: { type: 'string', default: 'trixie' },
        cache: { type: 'string', default: join(tmpdir(), 'sideways-peers') },
        required: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
      },
    })
    return /^[a-z]+$/.test(values.suite) ? values : undefined
  } catch {
    return undefined
  }
}
