// `npm test`: every test, or with a pattern those whose path fits. When at most three files of a whole run fail, these run once more,
// one after the other and with nothing beside them: what fails again has failed, and what passes is named
// (docs/decisions/once-more-alone.md).
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const given = process.argv.slice(2)
/** More failures than this are no accident. */
const mostAgain = 3

process.exitCode = given.length > 0 ? await jest(given) : await everything()

async function everything(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'sideways-tests-'))
  try {
    const report = join(folder, 'report.json')
    const code = await jest(['--json', `--outputFile=${report}`])
    const failed = code === 1 ? await failedIn(report) : []
    if (failed.length === 0 || failed.length > mostAgain) return code
    console.error(`\nOnce more, alone:\n${failed.map((file) => `  ${file}`).join('\n')}`)
    const again = await jest(['--runInBand', '--runTestsByPath', ...failed])
    if (again === 0) console.error(`\nFailed beside others, passed alone: ${failed.join(', ')}`)
    return again
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function failedIn(report: string): Promise<readonly string[]> {
  // Jest's own format; missing where it broke off.
  const text = await readFile(report, 'utf8').catch(() => '{"testResults":[]}')
  const { testResults } = JSON.parse(text) as {
    readonly testResults: readonly { readonly name: string; readonly status: string }[]
  }
  return testResults.filter(({ status }) => status === 'failed').map(({ name }) => relative(root, name))
}

function jest(args: readonly string[]): Promise<number> {
  // Jest prints its JSON besides writing it: nobody needs to see that.
  const output = args[0] === '--json' ? 'ignore' : 'inherit'
  const child = spawn(process.execPath, [join(root, 'bin/run.mjs'), '--jest', ...args], {
    cwd: root,
    stdio: ['inherit', output, 'inherit'],
  })
  const stop = (signal: NodeJS.Signals): void => void child.kill(signal)
  process.on('SIGTERM', stop).on('SIGHUP', stop).on('SIGINT', ignore)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => {
      process.off('SIGTERM', stop).off('SIGHUP', stop).off('SIGINT', ignore)
      resolve(code ?? 1)
    })
  })
}

// The terminal tells the whole group; whoever runs the tests ends by itself.
function ignore(): void {}
