import { spawn, type ChildProcess } from 'node:child_process'
import { createServer, type Server } from 'node:net'
import { mkdtemp, rm, writeFile, chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { commands } from '../../src/command-line.ts'
import { emptyDatabase, freshDatabase } from '../support/database.ts'

// The program as a person starts it: a process of its own, its output, its exit code.

type Run = { readonly child: ChildProcess; output(): string; errors(): string; readonly ended: Promise<number | null> }

const children: ChildProcess[] = []
let logs: string
const folders: string[] = []

beforeEach(async () => {
  logs = await freeFolder()
})

afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGTERM')
  await Promise.all(
    folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 })),
  )
})

function sideways(args: readonly string[], settings: Record<string, string>): Run {
  const child = spawn(process.execPath, ['bin/run.mjs', 'src/main.ts', ...args], {
    // A node that runs on a database that is given has its log of withdrawals in the data folder as well.
    env: {
      PATH: process.env['PATH'] ?? '',
      SIDEWAYS_WITHDRAWAL_LOG: join(logs, settings['PORT'] ?? 'log'),
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let output = ''
  let errors = ''
  child.stdout?.on('data', (part: Buffer) => (output += part.toString()))
  child.stderr?.on('data', (part: Buffer) => (errors += part.toString()))
  return {
    child,
    output: () => output,
    errors: () => errors,
    ended: new Promise((resolve) => child.on('exit', resolve)),
  }
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await isTrue()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('waited in vain')
}

async function freeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sideways-start-'))
  await chmod(folder, 0o755)
  folders.push(folder)
  return folder
}

async function aPort(): Promise<{ port: number; server: Server }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : 0, server }
}

async function aFreePort(): Promise<string> {
  const { port, server } = await aPort()
  await new Promise((resolve) => server.close(resolve))
  return String(port)
}

test('a first start on an empty folder serves a page, and says how to become administrator and that the database is for trying out', async () => {
  const settings = { SIDEWAYS_DATA: await freeFolder(), PORT: await aFreePort() }
  const run = sideways(['serve'], settings)
  await until(() => run.output().includes('Ctrl-C stops it.'))
  const home = await fetch(`http://localhost:${settings.PORT}/`)
  expect(home.status).toBe(200)
  expect(run.output()).toMatch(/http:\/\/localhost:\d+\/sign-in\/link\?token=[\w-]{40,}/)
  expect(run.output()).toContain('It is for trying out')
  expect(run.output()).toContain('DATABASE_URL=postgres://')
  expect(run.output()).toContain('PostgreSQL 15 or later')

  // A second program on the same port says so; commands work beside the running node.
  const second = sideways(['serve'], settings)
  expect(await second.ended).toBe(69)
  expect(second.errors()).toContain(`Port ${settings.PORT} on 127.0.0.1 is in use.`)
  expect(second.errors()).toMatch(/PORT=(\d+) SIDEWAYS_DATA=\.\/data-\1 npm start/)
  const found = sideways(['search', '--json'], settings)
  expect(await found.ended).toBe(0)
  expect(JSON.parse(found.output())).toMatchObject({ cards: [] })

  // kill -9 of the whole program, and start again on what it left.
  const pid = Number(/(\d+)/.exec(await childOf(run.child.pid ?? 0))?.[1])
  process.kill(pid, 'SIGKILL')
  await run.ended
  const again = sideways(['serve'], settings)
  await until(() => again.output().includes('Ctrl-C stops it.'))
  expect((await fetch(`http://localhost:${settings.PORT}/`)).status).toBe(200)
  again.child.kill('SIGTERM')
  expect(await again.ended).toBe(0)
  expect(again.output()).toContain('Stopping')
})

async function childOf(pid: number): Promise<string> {
  const list = spawn('ps', ['-o', 'pid=', '--ppid', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  list.stdout.on('data', (part: Buffer) => (output += part.toString()))
  await new Promise((resolve) => list.on('close', resolve))
  return output
}

test('with --json the start is one line that a program can read', async () => {
  const settings = { DATABASE_URL: await freshDatabase(), PORT: await aFreePort() }
  const run = sideways(['serve', '--json'], settings)
  await until(() => run.output().includes('\n'))
  expect(JSON.parse(run.output())).toMatchObject({
    event: 'started',
    url: `http://localhost:${settings.PORT}`,
    embeddedDatabase: false,
  })
  run.child.kill('SIGINT')
  run.child.kill('SIGTERM')
  expect(await run.ended).toBe(0)
})

test('a database of a newer version is refused with a sentence', async () => {
  const url = await freshDatabase()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`insert into migration (name) values ('999-from-the-future')`)
  await client.end()
  const run = sideways(['migrate'], { DATABASE_URL: url })
  expect(await run.ended).toBe(69)
  expect(run.errors()).toContain('newer version of Sideways (it has 999-from-the-future)')
})

test('a database that cannot be reached, and a folder that cannot be written, are refused with a sentence', async () => {
  const gone = sideways(['migrate'], { DATABASE_URL: 'postgres://somebody@127.0.0.1:1/nothing' })
  const folder = await freeFolder()
  await writeFile(join(folder, 'file'), '')
  const unwritable = sideways(['migrate'], { SIDEWAYS_DATA: join(folder, 'file', 'data') })
  expect(await gone.ended).toBe(69)
  expect(gone.errors()).toContain('The database cannot be reached')
  expect(await unwritable.ended).toBe(69)
  expect(unwritable.errors()).toContain('cannot be written')
})

test('another origin than the one of the first start is refused', async () => {
  const url = await freshDatabase()
  const first = sideways(['partners', 'list'], { DATABASE_URL: url, SIDEWAYS_ORIGIN: 'http://localhost:3100' })
  expect(await first.ended).toBe(0)
  const second = sideways(['partners', 'list'], { DATABASE_URL: url, SIDEWAYS_ORIGIN: 'http://localhost:3200' })
  expect(await second.ended).toBe(69)
  expect(second.errors()).toContain('This database belongs to http://localhost:3100')
  expect(second.errors()).toContain('Set PORT=3100 and leave SIDEWAYS_ORIGIN out')
  const asTold = sideways(['partners', 'list'], { DATABASE_URL: url, PORT: '3100' })
  expect(await asTold.ended).toBe(0)
})

test('every fault of the settings is told at once', async () => {
  const run = sideways(['serve'], { PORT: 'high', SIDEWAYS_ORIGN: 'https://north.example', SIDEWAYS_JOIN: 'anybody' })
  expect(await run.ended).toBe(78)
  expect(run.errors()).toContain('Did you mean SIDEWAYS_ORIGIN?')
  expect(run.errors()).toContain('PORT must be a whole number')
  expect(run.errors()).toContain('SIDEWAYS_JOIN must be one of')
})

test('help lists every command and tells more about each, and an unknown command leads to it', async () => {
  const [overview, more, unknown] = [
    sideways(['help'], {}),
    sideways(['partners', '--help'], {}),
    sideways(['srve'], {}),
  ]
  expect(await overview.ended).toBe(0)
  for (const command of commands) {
    expect(overview.output()).toContain(command.name)
    expect(command.help.length).toBeGreaterThan(40)
  }
  expect(await more.ended).toBe(0)
  expect(more.output()).toContain('npm run sideways -- partners list | follow <host>')
  expect(await unknown.ended).toBe(64)
  expect(unknown.errors()).toContain('There is no command "srve".')
})

test('an administrator can be made, and signed in, from the command line', async () => {
  const url = await emptyDatabase()
  const migrated = sideways(['migrate', '--json'], { DATABASE_URL: url })
  expect(await migrated.ended).toBe(0)
  expect(JSON.parse(migrated.output()).steps[0]).toBe('001-node')
  const unknown = sideways(['admin', 'link', 'it@north.example'], { DATABASE_URL: url })
  expect(await unknown.ended).toBe(1)
  const run = sideways(['admin', 'link', 'it@north.example', '--administrator', '--json'], { DATABASE_URL: url })
  expect(await run.ended).toBe(0)
  expect(JSON.parse(run.output()).link).toMatch(/\/sign-in\/link\?token=/)
})
