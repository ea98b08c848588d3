// Nodes that read one another, each in a process of its own, made once and copied for every schedule.
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../src/database/embedded.ts'
import { aReader, type Reader } from '../support/browser.ts'
import { aNodeChild, aNodeProcess, settleChildren, type NodeChild, type NodeProcess } from '../support/node-child.ts'

export const peoplePerNode = 3
/** When every schedule begins. */
export const firstDay = new Date('2026-11-22T09:00:00Z')

/** One of the nodes, its reader who is signed in, its database and its folder. */
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
  /** A folder for backups and such. */
  readonly folder: string
  /** Brings the nodes back to how they were when they had just become partners, and starts them. */
  begin(): Promise<void>
  /** A new, empty database in the place of a node's; the node must be down. */
  emptyDatabase(place: Place): Promise<void>
  /** Signs the reader of a node in again. */
  signIn(place: Place): Promise<void>
  end(): Promise<void>
}

/** A PostgreSQL that runs already, with a migrated database to copy. */
export type Given = { readonly serverUrl: string; readonly template: string }

export type GroundOptions = {
  /** Three unless they are named. */
  readonly names?: readonly string[]
  /** The PostgreSQL to use; one is started unless it is given. */
  readonly on?: Given
  /** What the nodes write to their standard error, line by line. */
  readonly hear?: (line: string) => void
}

/** Makes nodes partners of one another, with a few people each, and keeps what they are then. */
export async function prepare(options: GroundOptions = {}): Promise<Ground> {
  const atEnd = new AsyncDisposableStack()
  try {
    const folder = await newFolder(atEnd)
    const server = await aServer(atEnd, join(folder, 'server'), options.on?.serverUrl)
    const spare = spareProcesses(atEnd, options.hear)
    const places: Place[] = []
    for (const name of options.names ?? ['north', 'south', 'west']) {
      const databaseUrl = await server.create(name, options.on?.template)
      const port = await freePort()
      const own = join(folder, name)
      const origin = `http://127.0.0.1:${port}`
      const child = aNodeChild(
        { databaseUrl, port, origin, name: `${name} node`, time: firstDay, folder: own },
        { spare },
      )
      await mkdir(own)
      places.push({ name, child, reader: aReader(origin), folder: own, databaseUrl })
    }
    await Promise.all(places.map(({ child }) => child.start(firstDay)))
    await populate(places)
    for (const place of places) await keepFirst(server, place)
    const cookies = new Map(places.map(({ name, reader }) => [name, new Map(reader.cookies)]))
    return {
      places,
      folder,
      signIn,
      emptyDatabase: ({ name }) => server.replace(name, undefined),
      async begin() {
        await Promise.all(places.map((place) => bringFirst(server, place, cookies.get(place.name) ?? new Map())))
      },
      end: () => atEnd.disposeAsync(),
    }
  } catch (error) {
    await atEnd.disposeAsync()
    throw error
  }
}

async function populate(places: readonly Place[]): Promise<void> {
  await becomePartners(places.map(({ child }) => child))
  for (const place of places) {
    await signIn(place)
    for (let number = 1; number <= peoplePerNode; number += 1)
      await place.child.act({ deed: 'join', person: `${place.name}_${number}`, introduction: 'life 0' })
  }
  await settled(places.map(({ child }) => child))
}

async function becomePartners(nodes: readonly NodeChild[]): Promise<void> {
  const pairs = nodes.flatMap((reader) => nodes.filter((one) => one !== reader).map((origin) => ({ reader, origin })))
  for (const { reader, origin } of pairs) await reader.act({ deed: 'follow', host: origin.host })
  await settled(nodes)
  for (const { reader, origin } of pairs) await origin.act({ deed: 'approve', host: reader.host })
  await settled(nodes)
}

async function settled(nodes: readonly NodeChild[]): Promise<void> {
  const failed = await settleChildren(...nodes)
  if (failed.length > 0) throw new Error(`jobs failed: ${failed.join('; ')}`)
}

async function signIn({ child, reader, name }: Place): Promise<void> {
  const link = new URL(await child.tell('link', `reader@${name}.example`))
  const answer = await reader.post(link.pathname, { token: link.searchParams.get('token') ?? '' })
  if (answer.status !== 200) throw new Error(`${name} did not sign its reader in: ${answer.status}`)
}

async function keepFirst(server: DatabaseServer, { name, child, folder }: Place): Promise<void> {
  await child.stop()
  await cp(folder, `${folder}.first`, { recursive: true })
  await server.create(`${name}_first`, server.nameOf(name))
}

async function bringFirst(
  server: DatabaseServer,
  { name, child, folder, reader }: Place,
  cookies: ReadonlyMap<string, string>,
): Promise<void> {
  await child.stop()
  await server.replace(name, `${name}_first`)
  await rm(folder, { recursive: true })
  await cp(`${folder}.first`, folder, { recursive: true })
  await child.start(firstDay)
  // The session of a node that was restored is not in this database.
  reader.cookies.clear()
  for (const [cookie, value] of cookies) reader.cookies.set(cookie, value)
}

type DatabaseServer = {
  /** Makes a database, from another one by its whole name where that is given; its address. */
  create(name: string, template?: string): Promise<string>
  /** Makes it anew, empty or as one of ours is. */
  replace(name: string, like: string | undefined): Promise<void>
  nameOf(name: string): string
}

async function aServer(
  atEnd: AsyncDisposableStack,
  folder: string,
  given: string | undefined,
): Promise<DatabaseServer> {
  const quick = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', file_copy_method: 'copy' }
  const own =
    given === undefined
      ? await startEmbeddedPostgres({ folder, settings: { ...quick, max_connections: '120', shared_buffers: '128MB' } })
      : undefined
  if (own) atEnd.defer(() => own.stop())
  const address = given ?? own?.url ?? ''
  const onServer = async (...statements: readonly string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: address })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  const run = `soak_${process.pid}_${Math.floor(performance.now())}`
  const nameOf = (name: string): string => `${run}_${name}`
  const copying = (template: string | undefined): string =>
    template === undefined ? '' : ` template ${template} strategy file_copy`
  return {
    nameOf,
    async create(name, template) {
      await onServer(`create database ${nameOf(name)}${copying(template)}`)
      atEnd.defer(() => onServer(`drop database if exists ${nameOf(name)} with (force)`))
      return Object.assign(new URL(address), { pathname: `/${nameOf(name)}` }).href
    },
    replace: (name, like) =>
      onServer(
        `drop database if exists ${nameOf(name)} with (force)`,
        `create database ${nameOf(name)}${copying(like && nameOf(like))}`,
      ),
  }
}

/** One is always ready: a node that was killed is back in the time that its own start takes. */
function spareProcesses(atEnd: AsyncDisposableStack, hear: GroundOptions['hear']): () => Promise<NodeProcess> {
  const ready: Promise<NodeProcess>[] = []
  const all: NodeProcess[] = []
  const make = async (): Promise<NodeProcess> => {
    const made = await aNodeProcess(hear)
    all.push(made)
    return made
  }
  atEnd.defer(async () => {
    await Promise.allSettled(ready)
    await Promise.all(all.map((one) => one.kill()))
  })
  return () => {
    const one = ready.shift() ?? make()
    const next = one.then(make)
    next.catch(() => undefined) // whoever wants it is told
    ready.push(next)
    return one
  }
}

async function newFolder(atEnd: AsyncDisposableStack): Promise<string> {
  const ram = '/dev/shm'
  const folder = await mkdtemp(join(existsSync(ram) ? ram : tmpdir(), 'sideways-soak-'))
  atEnd.defer(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755) // as root, PostgreSQL runs as another user, who must get in
  return folder
}

async function freePort(): Promise<number> {
  const listener = createServer()
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const { port } = listener.address() as AddressInfo // a TCP server's
  await new Promise((resolve) => {
    listener.close(resolve)
  })
  return port
}
