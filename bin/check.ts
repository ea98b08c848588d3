// `npm run check`: types, lint, format and guards, in that order. Every part runs even when an earlier one failed; the exit
// code is 1 if any did. Nothing is changed: `npm run format` formats.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const require = createRequire(import.meta.url)

type Part = { readonly name: string; readonly args: readonly string[] }

const parts: readonly Part[] = [
  { name: 'Types (tsc)', args: [program('typescript', 'tsc'), '--project', root, '--noEmit'] },
  { name: 'Lint (oxlint)', args: [program('oxlint', 'oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'Format (oxfmt)', args: [program('oxfmt', 'oxfmt'), '--check', '.'] },
  { name: 'Guards (jest test/guards)', args: [join(root, 'bin/run.mjs'), '--jest', 'test/guards'] },
]

/** The script of a program that a package brings, so that it runs with this Node and not with the machine's. */
function program(name: string, command: string): string {
  const manifest = require.resolve(`${name}/package.json`)
  // npm's own format: one script, or one for each command.
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: string | Record<string, string> }
  const script = typeof bin === 'string' ? bin : bin[command]
  if (script === undefined) throw new Error(`${name} has no program ${command}`)
  return join(dirname(manifest), script)
}

const failed = parts.filter(({ name, args }) => {
  console.log(`\n== ${name}`)
  const begun = performance.now()
  // oxlint finds its type-aware half through PATH or node_modules/.bin of the working folder.
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  console.log(
    `== ${name}: ${status === 0 ? 'in order' : 'NOT in order'} (${((performance.now() - begun) / 1000).toFixed(1)} s)`,
  )
  return status !== 0
})

console.log(
  failed.length === 0 ? '\nEverything is in order.' : `\nNot in order: ${failed.map(({ name }) => name).join(', ')}.`,
)
process.exitCode = failed.length === 0 ? 0 : 1
