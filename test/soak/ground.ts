// Nodes that read one another, each in a process of its own, made once and copied for every schedule.
import { mkdir, mkdtemp, chmod, cp, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../src/database/embedded.ts'
import { aNodeChild, aNodeProcess, settleChildren, type NodeChild, type NodeProcess } from '../support/node-child.ts'
import { aReader, type Reader } from '../support/browser.ts'

export const nodeNames = ['north', 'south', 'west'] as const
export const peoplePerNode = 3
/** When every schedule begins. */
export const firstDay = new Date('2026-11-22T09:00:00Z')

/** One of the nodes, its reader who is signed in, and the databases that it can have. */
export type Place = {
  readonly name: string
  readonly child: NodeChild
  readonly reader: Reader
  readonly folder: string
  readonly databaseUrl: string
}

/** What all schedules stand on. */
export type Ground = {
  readonly places: readonly Place[]
  /** Brings the nodes back to how they were when they had just become partners, and starts them. */
  begin(): Promise<void>
  /** A new, empty database in the place of a node's; nobody may be connected. */
  emptyDatabase(place: Place): Promise<void>
  /** Signs the reader of a node in again. */
  signIn(place: Place): Promise<void>
  /** A folder for backups and such. */
  readonly folder: string
  end(): Promise<void>
}

/** A PostgreSQL that runs already, with a migrated database to copy. */
export type Given = { readonly serverUrl: string; readonly template: string }

async function server(folder: string, given: Given | undefined): Promise<{ url: string; stop(): Promise<void> }> {
  if (given !== undefined) return { url: given.serverUrl, stop: async () => undefined }
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '120' }
  return startEmbeddedPostgres({ folder, settings: { ...settings, shared_buffers: '128MB', file_copy_method: 'copy' } })
}

/** Makes nodes partners of one another and keeps what they are then; with a PostgreSQL of its own, unless one is given. */
export async function prepare(options: {
  /** Three unless they are named. */
  readonly names?: readonly string[]
  readonly on?: Given
  readonly hear: (line: string) => void
}): Promise<Ground> {
  const ram = '/dev/shm'
  const folder = await mkdtemp(join(existsSync(ram) ? ram : tmpdir(), 'sideways-soak-'))
  await chmod(folder, 0o755) // as root, PostgreSQL runs as another user, who must get in
  const postgres = await server(join(folder, 'server'), options.on)
  const run = `soak_${process.pid}_${Math.floor(performance.now())}`
  const onServer = async (...statements: readonly string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: postgres.url })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  const databaseUrl = (name: string): string => {
    const url = new URL(postgres.url)
    url.pathname = `/${name}`
    return url.href
  }
  const spares: Promise<NodeProcess>[] = []
  const all: NodeProcess[] = []
  const newProcess = async (): Promise<NodeProcess> => {
    const made = await aNodeProcess(options.hear)
    all.push(made)
    return made
  }
  // One is always ready: a node that was killed is back in the time that its own start takes.
  const spare = (): Promise<NodeProcess> => {
    const ready = spares.shift() ?? newProcess()
    const next = ready.then(newProcess)
    next.catch(() => undefined) // whoever wants it is told
    spares.push(next)
    return ready
  }
  const places: Place[] = []
  for (const name of options.names ?? nodeNames) {
    const port = await freePort()
    const database = `${run}_${name}`
    await onServer(`create database ${database}${options.on ? ` template ${options.on.template}` : ''}`)
    const settings = {
      databaseUrl: databaseUrl(database),
      port,
      origin: `http://127.0.0.1:${port}`,
      name: `${name} node`,
      time: firstDay,
      folder: join(folder, name),
    }
    await mkdir(settings.folder)
    const child = aNodeChild(settings, { hear: options.hear, spare })
    places.push({
      name,
      child,
      reader: aReader(settings.origin),
      folder: settings.folder,
      databaseUrl: settings.databaseUrl,
    })
  }
  const nodes = places.map(({ child }) => child)
  for (const node of nodes) await node.start(firstDay)
  await becomePartners(nodes)
  for (const place of places) {
    const { child, name } = place
    await signIn(place)
    for (let number = 1; number <= peoplePerNode; number += 1)
      await child.act({ deed: 'join', person: `${name}_${number}`, introduction: 'life 0' })
  }
  await settled(nodes)
  for (const { child, folder: own } of places) {
    await child.stop()
    await cp(own, `${own}.first`, { recursive: true })
  }
  const cookies = new Map(places.map(({ name, reader }) => [name, new Map(reader.cookies)]))
  const nameOf = (place: Place): string => new URL(place.databaseUrl).pathname.slice(1)
  for (const place of places) await onServer(`create database ${nameOf(place)}_first template ${nameOf(place)}`)
  return {
    places,
    folder,
    signIn,
    async begin() {
      for (const place of places) {
        await place.child.stop()
        const name = nameOf(place)
        await onServer(
          `drop database if exists ${name} with (force)`,
          `create database ${name} template ${name}_first strategy file_copy`,
        )
        await rm(place.folder, { recursive: true })
        await cp(`${place.folder}.first`, place.folder, { recursive: true })
        await place.child.start(firstDay)
        // The session of a restored node is not in this database.
        place.reader.cookies.clear()
        for (const [cookie, value] of cookies.get(place.name) ?? []) place.reader.cookies.set(cookie, value)
      }
    },
    async emptyDatabase(place) {
      await onServer(`drop database if exists ${nameOf(place)} with (force)`, `create database ${nameOf(place)}`)
    },
    async end() {
      await Promise.allSettled(spares)
      for (const process of all) await process.kill()
      for (const place of places)
        for (const name of [nameOf(place), `${nameOf(place)}_first`])
          await onServer(`drop database if exists ${name} with (force)`)
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function signIn({ child, reader, name }: Place): Promise<void> {
  const link = new URL(await child.tell('link', `reader@${name}.example`))
  const answer = await reader.post(link.pathname, { token: link.searchParams.get('token') ?? '' })
  if (answer.status !== 200) throw new Error(`${name} did not sign its reader in: ${answer.status}`)
}

async function becomePartners(nodes: readonly NodeChild[]): Promise<void> {
  for (const reader of nodes)
    for (const origin of nodes) {
      if (origin === reader) continue
      await reader.act({ deed: 'follow', host: origin.host })
      await settled(nodes)
      await origin.act({ deed: 'approve', host: reader.host })
      await settled(nodes)
    }
}

async function settled(nodes: readonly NodeChild[]): Promise<void> {
  const failed = await settleChildren(...nodes)
  if (failed.length > 0) throw new Error(`jobs failed: ${failed.join('; ')}`)
}

async function freePort(): Promise<number> {
  const listener = createServer()
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const { port } = listener.address() as AddressInfo // a TCP server's
  await new Promise((resolve) => listener.close(resolve))
  return port
}
