import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:fs'
import * as files from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { EmbeddedPostgresError } from './embedded-error.ts'
import type { Place } from './embedded-place.ts'
import { as } from './embedded-user.ts'

/** A server that runs on our files. */
export type Server = { readonly pid: number; readonly port: number }

/** What postmaster.pid says and whether it is true: nothing runs; ours is coming up or going down; ours is ready. */
export type Running =
  | { readonly state: 'none'; readonly stalePid?: number }
  | { readonly state: 'busy' }
  | { readonly state: 'ready'; readonly server: Server }

/**
 * Looks whether PostgreSQL runs on these files. A process that postmaster.pid names counts only if its command line
 * is that of our server: after a crash the number may be a stranger's, or a zombie's (which has none).
 */
export async function findServer(home: string): Promise<Running> {
  const lines = (await files.readFile(join(home, 'data', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!Number.isInteger(pid) || pid <= 0) return { state: 'none' }
  if (!(await isOurs(pid, home))) return { state: 'none', stalePid: pid }
  return lines[7]?.trim() === 'ready' ? { state: 'ready', server: { pid, port } } : { state: 'busy' }
}

/**
 * Starts PostgreSQL in a session of its own: Ctrl-C in the terminal must not stop the database before the program
 * has finished with it. Resolves when it is ready, or to false if it lost against another start, for a port or for
 * the files, and it is worth trying again.
 */
export async function launch(
  postgres: string,
  place: Place,
  run: { readonly settings: Record<string, string>; readonly stalePid: number | undefined },
): Promise<boolean> {
  const log = await openLog(place.home)
  const { size } = await log.stat()
  const port = await freePort()
  const settings = { ...run.settings, port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '' }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  try {
    const child = spawn(postgres, ['-D', join(place.home, 'data'), ...options], {
      ...as(place.user),
      cwd: '/',
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { LC_ALL: 'C', ...ignoring(run.stalePid) },
    })
    child.unref()
    if (await becomesReady(child, place.home)) return true
  } finally {
    await log.close()
  }
  const end = await lastLines(place.home, size)
  if (/lock file "postmaster.pid"|could not create any TCP|shared memory block .* is still in use/.test(end))
    return false
  throw new EmbeddedPostgresError('did-not-start', `PostgreSQL did not start in ${place.home}. Its last words:\n${end}`)
}

/** Stops the server and waits until it is gone: transactions are rolled back, nothing that was committed is lost. */
export async function stopServer(postgres: string, { pid }: Server, home: string): Promise<void> {
  // Fast shutdown; then, if that hangs, immediate, from which the next start recovers.
  for (const [signal, patience] of [
    ['SIGINT', 30_000],
    ['SIGQUIT', 10_000],
  ] as const) {
    if (!(await isOurs(pid, home))) return
    await send(postgres, signal, pid)
    const until = performance.now() + patience
    while (performance.now() < until) {
      await sleep(20)
      if (!(await isOurs(pid, home))) return
    }
  }
  throw new Error(`PostgreSQL (process ${pid}) does not stop`)
}

/** The end of the server's log, after that many bytes, for an error that somebody must understand. */
export async function lastLines(home: string, after = 0): Promise<string> {
  const text = await files.readFile(join(home, 'log')).catch(() => Buffer.alloc(0))
  return text.subarray(after).toString().trim().split('\n').slice(-8).join('\n')
}

async function becomesReady(child: ChildProcess, home: string): Promise<boolean> {
  // Without a listener, a program that cannot be run would end the process. It has no number then.
  child.on('error', () => undefined)
  // No limit: recovery after a crash takes what it takes, and a server that cannot start ends.
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    await sleep(20)
    const running = await findServer(home)
    if (running.state === 'ready' && running.server.pid === child.pid) return true
  }
  return false
}

// PostgreSQL refuses to start if postmaster.pid names any live process, except that of PG_GRANDPARENT_PID (made for
// pg_ctl). Naming the stranger there lets PostgreSQL itself replace the file, and it still refuses if another start
// was quicker or if processes of the old server are still at work. Removing the file would switch those checks off.
function ignoring(stalePid: number | undefined): Record<string, string> {
  return stalePid === undefined ? {} : { PG_GRANDPARENT_PID: String(stalePid) }
}

async function isOurs(pid: number, home: string): Promise<boolean> {
  const command = await commandOf(pid)
  return command === undefined || command.includes(`-D ${join(home, 'data')} -c `)
}

// Undefined if the system does not tell (Windows), '' if there is no such process.
async function commandOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const line = await files.readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return line.replaceAll('\0', ' ')
  }
  if (process.platform !== 'win32') {
    const answer = await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).catch(() => undefined)
    return answer?.stdout ?? ''
  }
  try {
    process.kill(pid, 0)
    return undefined
  } catch {
    // Nobody has that number.
    return ''
  }
}

async function send(postgres: string, signal: 'SIGINT' | 'SIGQUIT', pid: number): Promise<void> {
  if (process.platform !== 'win32') {
    try {
      process.kill(pid, signal)
    } catch (error) {
      // It ended just now.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
    return
  }
  // Node's kill is always the hard one there; pg_ctl asks through PostgreSQL's own pipe.
  const control = postgres.replace(/postgres\.exe$/, 'pg_ctl.exe')
  await promisify(execFile)(control, ['kill', signal.replace('SIG', ''), String(pid)])
}

// Two starts at once may both write, so the file is only ever added to, and put away when it has grown.
async function openLog(home: string): Promise<files.FileHandle> {
  const path = join(home, 'log')
  const grown = await files.stat(path).then(
    ({ size }) => size > 10_000_000,
    () => false,
  )
  if (grown) await files.rename(path, `${path}.old`)
  // Root must not be led elsewhere by a link that the database's user planted.
  const { O_CREAT, O_APPEND, O_WRONLY, O_NOFOLLOW } = constants
  return await files.open(path, O_CREAT | O_APPEND | O_WRONLY | O_NOFOLLOW, 0o600)
}

// Somebody else may take it before PostgreSQL does; then launch() says so and is called again.
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
