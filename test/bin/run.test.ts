import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import * as files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const run = fileURLToPath(new URL('../../bin/run.mjs', import.meta.url))
const older = '--import=data:text/javascript,Object.defineProperty(process,"version",{value:"v20.11.0"})'
let folder: string

beforeAll(async () => {
  folder = await files.mkdtemp(join(tmpdir(), 'sideways-run-'))
})

afterAll(async () => {
  await files.rm(folder, { recursive: true, force: true })
})

test('the exit code and what follows the file name are passed on', async () => {
  const file = await write('exit.ts', 'process.exit(Number(process.argv[2]))')
  expect(await end(spawn(process.execPath, [run, file, '7']))).toMatchObject({ code: 7 })
})

test('there are threads for more names than strangers can keep waiting, unless the host says how many', async () => {
  const file = await write('threads.ts', 'console.log(process.env.UV_THREADPOOL_SIZE)')
  const { UV_THREADPOOL_SIZE: _ours, ...env } = process.env
  expect(await end(spawn(process.execPath, [run, file], { env }))).toMatchObject({ output: '64\n' })
  const own = { ...env, UV_THREADPOOL_SIZE: '8' }
  expect(await end(spawn(process.execPath, [run, file], { env: own }))).toMatchObject({ output: '8\n' })
})

test('a file that a signal ended gives 128 and the number of the signal', async () => {
  const file = await write('signal.ts', `process.kill(process.pid, 'SIGKILL')`)
  expect(await end(spawn(process.execPath, [run, file]))).toMatchObject({ code: 137 })
})

test.each(['SIGTERM', 'SIGHUP'] as const)('%s reaches the file, which may finish what it does', async (signal) => {
  const child = spawn(process.execPath, [run, await waiting(signal)])
  await once(child.stdout, 'data')
  child.kill(signal)

  expect(await end(child)).toEqual({ code: 3, output: `heard ${signal}\n`, errors: '' })
})

test('Ctrl-C is left to the file, which hears it from the terminal', async () => {
  const child = spawn(process.execPath, [run, await waiting('SIGINT')], { detached: true })
  await once(child.stdout, 'data')
  process.kill(-(child.pid ?? 0), 'SIGINT')

  expect(await end(child)).toEqual({ code: 3, output: 'heard SIGINT\n', errors: '' })
})

test('SIGINT for the starter alone is ignored', async () => {
  const child = spawn(process.execPath, [run, await waiting('SIGTERM')])
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  await sleep(300)
  expect(child.exitCode).toBe(null)
  child.kill('SIGTERM')

  expect(await end(child)).toMatchObject({ code: 3 })
})

test('the file is stopped when the shell that started it is gone', async () => {
  const file = await waiting('SIGTERM')
  const shell = spawn('sh', ['-c', '"$0" "$1" "$2"; exit $?', process.execPath, run, file])
  await once(shell.stdout, 'data')
  shell.kill('SIGKILL')

  // The pipe closes when the file has ended too.
  expect(await end(shell)).toMatchObject({ output: 'heard SIGTERM\n' })
})

test('an older Node hands over to the one that was installed with the project', async () => {
  const file = await write('version.ts', 'const version: string = process.version\nconsole.log(version)')
  const { code, output } = await end(spawn(process.execPath, [older, run, file]))

  expect(code).toBe(0)
  expect(output).toMatch(/^v24\.\d+\.\d+\n$/)
})

test('an older Node with none installed says what to do', async () => {
  await files.mkdir(join(folder, 'elsewhere', 'bin'), { recursive: true })
  const copy = join(folder, 'elsewhere', 'bin', 'run.mjs')
  await files.copyFile(run, copy)
  const { code, errors } = await end(spawn(process.execPath, [older, copy, 'any.ts']))

  expect(code).toBe(69)
  expect(errors).toMatch(/needs Node 24\.12 or later\. This is Node v20\.11\.0.*\nRun "npm ci"/)
})

test('without a file it says how to call it', async () => {
  const { code, errors } = await end(spawn(process.execPath, [run]))
  expect(code).toBe(64)
  expect(errors).toContain('node bin/run.mjs src/main.ts serve')
})

async function write(name: string, text: string): Promise<string> {
  await files.writeFile(join(folder, name), text)
  return join(folder, name)
}

// Says when it can be sent a signal; that first word is not part of what end() gives.
function waiting(signal: string): Promise<string> {
  return write(
    `${signal}.ts`,
    `process.on('${signal}', () => { console.log('heard ${signal}'); setTimeout(() => process.exit(3), 100) })
     setInterval(() => undefined, 1000)
     console.log('ready')`,
  )
}

type End = { readonly code: number | null; readonly output: string; readonly errors: string }

async function end(child: ChildProcess): Promise<End> {
  const said = { output: '', errors: '' }
  child.stdout?.on('data', (part: Buffer) => (said.output += part.toString()))
  child.stderr?.on('data', (part: Buffer) => (said.errors += part.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...said }
}
