// Runs a TypeScript file of this project with Node 24.12 or later: the Node that started this script if it is
// new enough, else the one that `npm ci` installed (package node-<platform>-<arch>). Old syntax on purpose:
// this file itself must be readable by Node 18.
//
//   node bin/run.mjs src/main.ts serve     run a file (relative to the project, not to where you are)
//   node bin/run.mjs --jest [pattern]      run the tests (Jest needs a Node flag for its ESM mode)
//
// Exits with the file's own exit code, 128 + n if signal n ended it, 64 if no file was named, 69 without a Node.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const wanted = [24, 12]

function isNewEnough(version) {
  const parts = version.replace(/^v/, '').split('.').map(Number)
  return parts[0] > wanted[0] || (parts[0] === wanted[0] && parts[1] >= wanted[1])
}

function findNode() {
  if (isNewEnough(process.version)) return process.execPath
  const name = 'node-' + (process.platform === 'win32' ? 'win' : process.platform) + '-' + process.arch
  const path = join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  return existsSync(path) ? path : undefined
}

function stopWith(code, sentence) {
  console.error(sentence)
  process.exit(code)
}

const node = findNode()
if (node === undefined) {
  stopWith(
    69,
    'Sideways needs Node 24.12 or later. This is Node ' +
      process.version +
      ', and no Node for ' +
      process.platform +
      '-' +
      process.arch +
      ' was installed with the project.\n' +
      'Run "npm ci" (without --omit=optional), or install Node 24 from https://nodejs.org/ and try again.',
  )
}

const given = process.argv.slice(2)
if (given.length === 0) stopWith(64, 'Say which file to run, for example: node bin/run.mjs src/main.ts serve')

// 32 MB for what is young: a page of 200 listings is then forgotten before it counts as old, which takes a first snapshot a fifth less
// time, and less memory in the end. Tests run in many processes and do without.
const flags = JSON.parse(readFileSync(join(root, 'bin', 'node-flags.json'), 'utf8'))
const args =
  given[0] === '--jest'
    ? [flags[0], '--experimental-vm-modules', join(root, 'node_modules', 'jest', 'bin', 'jest.js'), ...given.slice(1)]
    : [...flags, resolve(root, given[0]), ...given.slice(1)]

const parent = process.ppid
// The channel carries nothing: that it closes tells the child that we are gone, even by kill -9.
const channel = given[0] === '--jest' ? [] : ['ipc']
// Looking up a name takes a thread for as long as its name server is silent, and strangers choose the names. With libuv's four,
// four such names would keep the database, files and every other server waiting.
const environment = { UV_THREADPOOL_SIZE: '64', ...process.env }
const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', ...channel], env: environment })
let wasAskedToStop = false

// The terminal sends Ctrl-C to the whole group, so the child hears it without us. Staying alive until the child
// has ended is all there is to do.
process.on('SIGINT', () => {
  wasAskedToStop = true
})

// A supervisor sends these to us alone.
for (const signal of ['SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    wasAskedToStop = true
    child.kill(signal)
  })
}

// `npm start` is npm → sh → this. SIGTERM to npm ends npm and sh, and neither tells us: we only get a new parent.
const watch = setInterval(() => {
  if (process.ppid === parent) return
  clearInterval(watch)
  if (!wasAskedToStop) child.kill('SIGTERM')
}, 500)
watch.unref()

child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
child.on('error', (error) => stopWith(69, 'Could not start Node at ' + node + ': ' + error.message))
