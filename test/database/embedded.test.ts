import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import * as files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { installedBinaries } from '../../src/database/embedded-binaries.ts'
import { EmbeddedPostgresError, startEmbeddedPostgres } from '../../src/database/embedded.ts'
import type { EmbeddedPostgres } from '../../src/database/embedded.ts'

const fast = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
const isRoot = process.getuid?.() === 0
const folders: string[] = []
const children: ChildProcess[] = []
let used: string

beforeAll(async () => {
  used = await newFolder()
  const postgres = await start(used)
  await ask(postgres.url, 'create table note (words text)')
  await postgres.stop()
})

afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
  for (const folder of folders) await stopLeftover(folder)
})

afterAll(async () => {
  for (const folder of folders) await files.rm(folder, { recursive: true, force: true })
})

test('a fresh folder gets a database that answers on this machine only', async () => {
  const folder = await newFolder()
  const postgres = await start(folder)

  expect(await ask(postgres.url, 'select current_database()')).toBe('sideways')
  expect(await ask(postgres.url, 'show listen_addresses')).toBe('127.0.0.1')
  expect(await ask(postgres.url, 'show unix_socket_directories')).toBe('')
  expect(postgres.folder).toBe(join(await files.realpath(folder), 'postgres'))
  await postgres.stop()
})

test('without the password nobody gets in, and only its user can read the password', async () => {
  const postgres = await start(used)

  const wrong = postgres.url.replace(/:[0-9a-f]+@/, ':wrong@')
  await expect(ask(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  const { mode } = await files.stat(join(postgres.folder, 'data', 'sideways-password'))
  expect(mode & 0o777).toBe(0o600)
  await postgres.stop()
})

test('a word in quotes or before a dash is still that word to search', async () => {
  const postgres = await start(used)

  expect(await ask(postgres.url, `select to_tsvector('simple', '“Ŵyneb”—it’s fine…')::text`)).toBe(
    `'fine':4 'it':2 's':3 'ŵyneb':1`,
  )
  await postgres.stop()
})

test('what was written is there after a stop and a start', async () => {
  const first = await start(used)
  await ask(first.url, `insert into note values ('kept')`)
  await first.stop()

  const second = await start(used)
  expect(await ask(second.url, `select words from note where words = 'kept'`)).toBe('kept')
  await second.stop()
})

test('after a stop no process and no postmaster.pid is left', async () => {
  const postgres = await start(used)
  const pid = await postmaster(postgres.folder)
  await postgres.stop()
  await postgres.stop()

  expect(isAlive(pid)).toBe(false)
  expect(existsSync(join(postgres.folder, 'data', 'postmaster.pid'))).toBe(false)
})

test('a server that was killed is started again with what it had committed', async () => {
  const first = await start(used, { settings: { synchronous_commit: 'on' } })
  await ask(first.url, `insert into note values ('before the kill')`)
  process.kill(await postmaster(first.folder), 'SIGKILL')

  const second = await start(used)
  expect(await ask(second.url, `select words from note where words = 'before the kill'`)).toBe('before the kill')
  await second.stop()
  await first.stop()
})

test('a server that outlived its killed program is used again', async () => {
  const program = await startInProgram(used)
  const pid = await postmaster(join(used, 'postgres'))
  await kill(program.child)

  const postgres = await start(used)
  expect(postgres.port).toBe(program.port)
  expect(await postmaster(postgres.folder)).toBe(pid)
  await postgres.stop()
  expect(isAlive(pid)).toBe(false)
})

test('program and server may both be killed', async () => {
  const program = await startInProgram(used)
  process.kill(await postmaster(join(used, 'postgres')), 'SIGKILL')
  await kill(program.child)

  const postgres = await start(used)
  expect(await ask(postgres.url, 'select 1')).toBe(1)
  await postgres.stop()
})

test('a left-over postmaster.pid that names a stranger neither stops the start nor harms the stranger', async () => {
  const stranger = spawn('sleep', ['60'], await asDatabaseUser())
  children.push(stranger)
  await leavePidFile(stranger.pid)

  const postgres = await start(used)
  expect(await ask(postgres.url, 'select 1')).toBe(1)
  await postgres.stop()
  expect(stranger.exitCode ?? stranger.signalCode).toBe(null)
})

test('a left-over postmaster.pid may name this very process', async () => {
  await leavePidFile(process.pid)

  const postgres = await start(used)
  expect(await ask(postgres.url, 'select 1')).toBe(1)
  await postgres.stop()
})

test('a left-over postmaster.pid may name a zombie', async () => {
  const careless = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], await asDatabaseUser())
  children.push(careless)
  const [line] = (await once(careless.stdout, 'data')) as [Buffer]
  await sleep(400)
  expect(stateOf(Number(line))).toBe('Z')
  await leavePidFile(Number(line))

  const postgres = await start(used)
  expect(await ask(postgres.url, 'select 1')).toBe(1)
  await postgres.stop()
})

test('two programs that start at once on a fresh folder share one server until the last one stops', async () => {
  const folder = await newFolder()
  const [first, second] = await Promise.all([startInProgram(folder), startInProgram(folder)])
  expect(second.url).toBe(first.url)

  await stopProgram(first.child)
  expect(await ask(second.url, 'select 1')).toBe(1)
  const pid = await postmaster(join(folder, 'postgres'))
  await stopProgram(second.child)
  expect(isAlive(pid)).toBe(false)
})

test('a killed program counts no longer when the other one stops', async () => {
  const program = await startInProgram(used)
  const postgres = await start(used)
  const pid = await postmaster(postgres.folder)
  await kill(program.child)
  await postgres.stop()

  expect(isAlive(pid)).toBe(false)
})

test('a program keeps its share when the server restarts its processes after a crash', async () => {
  const first = await start(used)
  const second = await start(used)
  process.kill(Number(await ask(first.url, `select pid from pg_stat_activity where backend_type = 'checkpointer'`)), 9)
  await sleep(2000)
  await second.stop()

  expect(await ask(first.url, 'select 1')).toBe(1)
  await first.stop()
})

test('starts and stops that cross one another always end with a server that answers', async () => {
  for (let round = 0; round < 5; round++) {
    const first = await start(used)
    const [, second] = await Promise.all([first.stop(), start(used)])
    expect(await ask(second.url, 'select 1')).toBe(1)
    await second.stop()
  }
})

test('library links that npm did not make are made', async () => {
  const native = join(await newFolder(), 'native')
  const filter = async (path: string): Promise<boolean> =>
    !path.endsWith('.a') && !(await files.lstat(path)).isSymbolicLink()
  await files.cp(installedBinaries(), native, { recursive: true, filter })
  expect(existsSync(join(native, 'lib', 'libicuuc.so.60'))).toBe(false)

  const postgres = await start(used, { binaries: native })
  expect(await ask(postgres.url, 'select 1')).toBe(1)
  await postgres.stop()
})

const asRoot = isRoot ? test : test.skip
asRoot('root gets a database elsewhere for a folder that no other user can enter, and finds it again', async () => {
  const folder = await newFolder()
  await files.chmod(folder, 0o700)
  const lines: string[] = []
  const first = await start(folder, { log: (line) => lines.push(line) })
  folders.push(dirname(first.folder))

  expect(first.folder).toMatch(/^\/var\/lib\/sideways-[0-9a-f]{12}\/postgres$/)
  expect(await files.readlink(join(folder, 'postgres'))).toBe(first.folder)
  expect(lines.join('\n')).toContain(first.folder)
  await ask(first.url, 'create table elsewhere ()')
  await first.stop()

  await files.chmod(folder, 0o755)
  const second = await start(folder)
  expect(await ask(second.url, `select to_regclass('elsewhere')::text`)).toBe('elsewhere')
  await second.stop()
})

asRoot('programs that the database user cannot reach are copied', async () => {
  const hidden = await newFolder()
  await files.chmod(hidden, 0o700)
  await files.cp(installedBinaries(), join(hidden, 'native'), { recursive: true, verbatimSymlinks: true })
  const folder = await newFolder()
  const postgres = await start(folder, { binaries: join(hidden, 'native') })

  expect(await ask(postgres.url, 'select 1')).toBe(1)
  expect(await files.readdir(postgres.folder)).toContain('postgres-binaries-copy')
  await postgres.stop()
})

test('a folder that cannot be made is refused in words', async () => {
  const file = join(await newFolder(), 'a-file')
  await files.writeFile(file, '')

  const error = await refusal(start(join(file, 'below')))
  expect(error.code).toBe('folder-not-writable')
  expect(error.message).toContain(`The database needs the folder ${file}/below, and it cannot be written`)
})

// On Linux nobody can make a folder there, root included.
const testOnLinux = process.platform === 'linux' ? test : test.skip
testOnLinux('a folder that takes no folders is refused in words, and soon', async () => {
  for (const folder of ['/proc', '/proc/x', '/proc/x/y']) {
    const error = await refusal(start(folder))
    expect(error.code).toBe('folder-not-writable')
    expect(error.message).toContain(`The database needs the folder ${folder}`)
    expect(error.message).toContain('and it cannot be written')
  }
})

test('a database of another PostgreSQL version is refused in words and left alone', async () => {
  const folder = await newFolder()
  const version = join(folder, 'postgres', 'data', 'PG_VERSION')
  await files.mkdir(dirname(version), { recursive: true })
  await files.writeFile(version, '15\n')

  const error = await refusal(start(folder))
  expect(error.code).toBe('wrong-version')
  expect(error.message).toMatch(/made by PostgreSQL 15, and this is PostgreSQL 18,.* run pg_dump of PostgreSQL 15 /)
  expect(await files.readdir(dirname(version))).toEqual(['PG_VERSION'])
})

test('without programs that run here the error names the ways out', async () => {
  const error = await refusal(start(used, { binaries: join(await newFolder(), 'nothing') }))
  expect(error.code).toBe('no-binaries')
  expect(error.message).toContain('DATABASE_URL')
})

test('a server that ends at once is refused with its last words', async () => {
  const error = await refusal(start(used, { settings: { shared_buffers: 'plenty' } }))
  expect(error.code).toBe('did-not-start')
  expect(error.message).toContain('invalid value for parameter "shared_buffers": "plenty"')
})

type Options = Omit<Parameters<typeof startEmbeddedPostgres>[0], 'folder'>

function start(folder: string, options: Options = {}): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ folder, ...options, settings: { ...fast, ...options.settings } })
}

// mkdtemp's folders are closed to others, and so to the user that PostgreSQL runs as when root runs the tests.
async function newFolder(): Promise<string> {
  const folder = await files.mkdtemp(join(tmpdir(), 'sideways-embedded-'))
  await files.chmod(folder, 0o755)
  folders.push(folder)
  return folder
}

async function ask(url: string, question: string): Promise<unknown> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(question)
    return Object.values(rows[0] ?? {})[0]
  } finally {
    await client.end()
  }
}

async function refusal(promise: Promise<EmbeddedPostgres>): Promise<EmbeddedPostgresError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof EmbeddedPostgresError) return error
  throw new Error('It was not refused, or not in words', { cause: error })
}

type Program = { readonly child: ChildProcess; readonly url: string; readonly port: number }

async function startInProgram(folder: string): Promise<Program> {
  const script = fileURLToPath(new URL('../support/embedded-child.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { child, ...(JSON.parse(line) as { url: string; port: number }) }
}

async function stopProgram(child: ChildProcess): Promise<void> {
  child.stdin?.write('stop\n')
  await once(child, 'exit')
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function postmaster(home: string): Promise<number> {
  return Number.parseInt(await files.readFile(join(home, 'data', 'postmaster.pid'), 'utf8'), 10)
}

async function leavePidFile(pid: number | undefined): Promise<void> {
  const data = join(used, 'postgres', 'data')
  const { uid, gid } = await asDatabaseUser()
  const lines = [pid, data, 1_700_000_000, 5432, '', '127.0.0.1', '  1234567     98765', 'ready   ', '']
  await files.writeFile(join(data, 'postmaster.pid'), lines.join('\n'), { mode: 0o600 })
  if (isRoot) await files.chown(join(data, 'postmaster.pid'), uid, gid)
}

// PostgreSQL only fears a process of its own user, so a stranger that could stop it must be one.
async function asDatabaseUser(): Promise<{ uid: number; gid: number }> {
  const { uid, gid } = await files.stat(join(used, 'postgres', 'data'))
  return { uid, gid }
}

// A process that ended and that nobody asked about, as in a container without an init, is still listed: a zombie.
function isAlive(pid: number): boolean {
  return !['', 'Z'].includes(stateOf(pid))
}

function stateOf(pid: number): string {
  return spawnSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' })
    .stdout.trim()
    .slice(0, 1)
}

async function stopLeftover(folder: string): Promise<void> {
  const path = join(folder, 'postgres', 'data', 'postmaster.pid')
  const pid = Number.parseInt(await files.readFile(path, 'utf8').catch(() => ''), 10)
  const command = await files.readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  if (command.includes(folder)) process.kill(pid, 'SIGQUIT')
}
