// Starts and ends the programs that a bench compares, each in a process of its own, with the same Node and settings.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import * as files from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/database/embedded.ts'
import type { Surroundings } from './measure.ts'

export const root = fileURLToPath(new URL('../', import.meta.url))

/** The flags with which bin/run.mjs starts Node. */
export const nodeFlags = JSON.parse(
  readFileSync(new URL('../bin/node-flags.json', import.meta.url), 'utf8'),
) as readonly string[] // our own file

export type Program = {
  readonly pid: number
  /** Asks it to stop and waits until it is gone. May be called twice. */
  stop(): Promise<void>
}

type Launch = {
  readonly command: string
  readonly args: readonly string[]
  readonly settings?: Readonly<Record<string, string>>
}

/** Starts a program that stops by SIGTERM, and, should we be killed, when its channel to us closes. */
export function launch({ command, args, settings }: Launch): Program & { readonly child: ChildProcess } {
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...surroundingsOfNobody(), ...settings },
  })
  const gone = once(child, 'exit')
  gone.catch(() => undefined)
  if (child.pid === undefined) throw new Error(`${command} could not be started`)
  return {
    child,
    pid: child.pid,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await gone
    },
  }
}

// What the machine needs, and none of the settings of a node that somebody runs from this terminal.
function surroundingsOfNobody(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith('SIDEWAYS_') && !['PORT', 'DATABASE_URL', 'NODE_OPTIONS'].includes(name),
    ),
  )
}

/** A file that is run with our own Node and says on its first line of JSON where it listens: `{"url": …}`. */
export async function startFile(
  around: Surroundings,
  file: string,
  options: { readonly args?: readonly string[]; readonly settings?: Record<string, string>; readonly flags?: string[] },
): Promise<Program & { readonly url: string; readonly child: ChildProcess }> {
  const program = launch({
    command: process.execPath,
    args: [...nodeFlags, ...(options.flags ?? []), file, ...(options.args ?? [])],
    ...(options.settings ? { settings: options.settings } : {}),
  })
  around.atEnd.defer(() => program.stop())
  return { ...program, url: await urlSaidBy(program.child, file) }
}

function urlSaidBy({ stdout }: ChildProcess, file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    if (!stdout) throw new Error(`${file} has no output`)
    const lines = createInterface({ input: stdout })
    // Read on to the end: a full pipe would stop the program.
    lines.on('line', (line) => {
      const url = urlIn(line)
      if (url !== undefined) resolve(url)
    })
    lines.on('close', () => reject(new Error(`${file} ended before it said where it listens`)))
  })
}

function urlIn(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  const said = JSON.parse(line) as { readonly url?: unknown }
  return typeof said.url === 'string' ? said.url : undefined
}

export type NodeUnderTest = Program & {
  /** Where it listens. */
  readonly url: string
  readonly databaseUrl: string
}

/** A node as `npm start` runs it, on a database of its own. `origin`, if it should call itself otherwise than it listens; `flags` of Node's. */
export async function startNodeUnderTest(
  around: Surroundings,
  role: 'web' | 'serve',
  databaseUrl: string,
  origin?: string,
  flags: readonly string[] = [],
): Promise<NodeUnderTest> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const program = await startFile(around, 'src/main.ts', {
    args: [role, '--json'],
    flags: [...flags, ...(around.profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${around.profiles}`])],
    settings: {
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      SIDEWAYS_DATA: await newFolder(around), // for its log of withdrawals
      SIDEWAYS_ORIGIN: origin ?? url,
      SIDEWAYS_NAME: 'North Council',
      // Keys of the stranger's server are fetched from loopback.
      SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'true',
      SIDEWAYS_API_PER_MINUTE: '1000000',
    },
  })
  return { ...program, url, databaseUrl }
}

/** A new folder that PostgreSQL's own user may enter; removed at the end. */
export async function newFolder(around: Surroundings): Promise<string> {
  const folder = await files.mkdtemp(join(tmpdir(), 'sideways-bench-'))
  around.atEnd.defer(() => files.rm(folder, { recursive: true, force: true }))
  await files.chmod(folder, 0o755)
  return folder
}

/** One embedded PostgreSQL with its ordinary, durable settings and empty databases of these names; their addresses. */
export async function startDatabases(around: Surroundings, ...names: readonly string[]): Promise<readonly string[]> {
  const embedded = await startEmbeddedPostgres({
    folder: await newFolder(around),
    settings: { max_connections: '100' },
  })
  around.atEnd.defer(() => embedded.stop())
  const client = new pg.Client({ connectionString: embedded.url })
  await client.connect()
  try {
    for (const name of names) await client.query(`create database ${name}`)
  } finally {
    await client.end()
  }
  return names.map((name) => embedded.url.replace(/[^/]+$/, name))
}

/** A pool on a database, closed at the end. */
export function poolOn(around: Surroundings, url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  pool.on('error', () => undefined) // the server is stopped after us; a broken idle connection is nobody's loss
  around.atEnd.defer(() => pool.end())
  return pool
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return port
}
