// The drill of docs/running.md, exactly as it stands there: a node in processes of its own, with a partner beside it.
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { consoleLink } from '../../src/accounts/actions.ts'
import { later, minute } from '../../src/common/clock.ts'
import { readConfig } from '../../src/config.ts'
import { rows } from '../../src/database/database.ts'
import { lookUpPartner } from '../../src/federation/partner-lookup.ts'
import { listingOf } from '../../src/listing/views.ts'
import { startNode, type RunningNode } from '../../src/node.ts'
import { approve, follow } from '../../src/partners/actions.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { hostOf, listing, publish, shownAt } from '../partners/people.ts'
import { aReader } from '../support/browser.ts'
import { emptyDatabase } from '../support/database.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed } from '../support/resident.ts'

// Less than a minute on a quiet machine, of which the drill itself takes half; a busy one may take its time.
const patience = 240_000

const root = fileURLToPath(new URL('../../', import.meta.url))
const atEnd: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const step of atEnd.splice(0).toReversed()) await step()
})

async function drillOfThePage(): Promise<string> {
  const page = await readFile(join(root, 'docs/running.md'), 'utf8')
  const block = /^### The drill$[^]*?^```sh\n([^]*?)^```$/m.exec(page)?.[1]
  if (block === undefined) throw new Error('docs/running.md has no drill')
  return block
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('a server without a port')
  return address.port
}

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1200; tries += 1) {
    if (await isTrue()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`waited in vain: ${what}`)
}

/** The drill while it runs: what it said, and the Enter that it waits for. */
async function theDrill(settings: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'sideways-drill-'))
  await chmod(folder, 0o755) // as root, PostgreSQL runs as another user
  const port = await freePort()
  const drill = join(folder, 'drill')
  const child = spawn('sh', ['-c', await drillOfThePage()], {
    cwd: root,
    // Together with what it starts.
    detached: true,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      DRILL: drill,
      DRILL_PORT: String(port),
      SIDEWAYS_LOG_LEVEL: 'warning',
      SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'true',
      ...settings,
    },
  })
  let output = ''
  let asked = 0
  child.stdout.on('data', (part: Buffer) => (output += part.toString()))
  child.stderr.on('data', (part: Buffer) => (output += part.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  atEnd.push(async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  })
  return {
    drill,
    origin: `http://localhost:${port}`,
    ended,
    output: () => output,
    async waitsForEnter() {
      asked += 1
      await until(`question ${asked} in\n${output}`, () => {
        if (child.exitCode !== null) throw new Error(`the drill ended by itself:\n${output}`)
        return output.split('Then press Enter.').length > asked
      })
    },
    enter: () => child.stdin.write('\n'),
  }
}

type Drill = Awaited<ReturnType<typeof theDrill>>

// The same node once more, serving nobody, so that the test can look and speak for people.
async function beside({ origin, drill }: Drill, databaseUrl: string): Promise<TestNode> {
  const config = readConfig({
    SIDEWAYS_ORIGIN: origin,
    SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'true',
    SIDEWAYS_WITHDRAWAL_LOG: join(drill, 'elsewhere', 'withdrawals.log'),
  })
  const node: RunningNode = await startNode({
    config: { ...config, databaseUrl },
    roles: { web: false, worker: false },
  })
  atEnd.push(() => node.stop())
  return {
    ...node,
    url: origin,
    mails: [],
    get time() {
      return node.app.now()
    },
  }
}

/** What a restore must bring back as it was. */
async function lastingOf({ app: { db } }: TestNode) {
  return {
    keys: await rows(db, 'select * from actor_key order by actor_id, kind'),
    followers: await rows(db, 'select * from follower order by id'),
    partners: await rows(db, 'select host, follower, following, directory_key, follow_id from partner order by host'),
    leases: await rows(db, `select host, cursor, valid_until > $1 as "runs" from origin order by host`, [
      later(new Date(), minute),
    ]),
    secrets: await rows(db, `select * from setting where name like 'secret.%' order by name`),
  }
}

test(
  'a node that lost its database comes back with its keys, followers and leases, and who withdrew stays withdrawn everywhere',
  async () => {
    const [first, second] = [await emptyDatabase(), await emptyDatabase()]
    const drill = await theDrill({ FIRST_DATABASE: first, SECOND_DATABASE: second })
    const south = await aNode({ worker: true, time: new Date(), settings: { SIDEWAYS_NAME: 'South Hospice' } })
    await drill.waitsForEnter()

    // Three people move in; one of them has a follower; the nodes read each other.
    const north = await beside(drill, first)
    const asha = await aResident(north)
    await listed(north, asha, ['here', 'partners', 'public'])
    const ben = await aResident(north, 'ben', { displayName: 'Ben Holt' })
    await listed(north, ben, ['partners', 'public'])
    await listed(north, await aResident(north, 'dee', { displayName: 'Dee Vaughan' }), ['partners'])
    await rows(
      north.app.db,
      `insert into follower (id, person_id, actor, inbox, follow, state, asked_at)
     select 'f1', person_id, 'https://far.example/users/zoe', 'https://far.example/inbox', 'https://far.example/1', 'waiting', $2
     from listing where account_id = $1`,
      [ben.id, north.time],
    )
    const host = new URL(drill.origin).host
    await publish(south, listing(south, 'carol'))
    await follow(south.app, await lookUpPartner(south.app, host))
    await follow(north.app, await lookUpPartner(north.app, hostOf(south)))
    const asks = (node: TestNode) => async (): Promise<boolean> =>
      (await rows(node.app.db, `select 1 from partner where follower = 'waiting'`)).length === 1
    await until('both ask', async () => (await asks(north)()) && (await asks(south)()))
    await approve(north.app, hostOf(south))
    await approve(south.app, host)
    const southShows =
      (...names: readonly string[]) =>
      async (): Promise<boolean> =>
        String([...(await shownAt(south))].toSorted()) === String(names.toSorted())
    await until('south shows all', southShows('Asha Rao', 'Ben Holt', 'Dee Vaughan'))
    await until('north shows Carol', async () => (await shownAt(north)).includes('Person carol'))
    const before = await lastingOf(north)
    expect(before).toMatchObject({
      followers: [{ id: 'f1' }],
      partners: [{ follower: 'accepted', following: 'accepted' }],
    })
    drill.enter()

    // Life goes on.
    await drill.waitsForEnter()
    const reader = aReader(drill.origin)
    const link = new URL(await consoleLink(north.app, drill.origin, { mail: 'asha@north.example' }))
    await reader.post(link.pathname, { token: link.searchParams.get('token') ?? '' })
    expect((await reader.post('/me/listing/withdraw', {})).status).toBe(200)
    await saveFields(north.app, ben.id, { displayName: 'Benjamin Holt' })
    await until('south has heard', southShows('Benjamin Holt', 'Dee Vaughan'))
    await north.stop()
    drill.enter()

    await drill.waitsForEnter()
    const restored = await beside(drill, second)
    expect(await listingOf(restored.app.db, asha.id)).toBeUndefined()
    expect(await listingOf(restored.app.db, ben.id)).toMatchObject({ partners: true })
    expect((await reader.get('/me')).url).toMatch(/^\/sign-in/)
    const shown: string[] = []
    await until('south has read everything again', async () => {
      shown.push(...(await shownAt(south)))
      return southShows('Dee Vaughan')()
    })
    // Neither who withdrew, nor the name that somebody has no more.
    expect(shown).not.toContain('Asha Rao')
    expect(shown).not.toContain('Ben Holt')
    await until('north shows Carol again', async () => (await shownAt(restored)).includes('Person carol'))
    expect(await lastingOf(restored)).toEqual(before)
    const roots = async (node: TestNode, sql: string): Promise<unknown> => (await rows(node.app.db, sql))[0]
    expect(await roots(south, 'select seq::text, content_hash from copy')).toEqual(
      await roots(restored, 'select seq::text, content_hash from published_listing where document is not null'),
    )
    await restored.stop()
    drill.enter()

    expect({ code: await drill.ended, output: drill.output() }).toMatchObject({ code: 0 })
    const times = [...drill.output().matchAll(/^(\d+) s: /gm)].map(([, seconds]) => Number(seconds))
    expect(times.length).toBeGreaterThanOrEqual(9)
    expect(times.at(-1)).toBeLessThan(patience / 1000)
  },
  patience,
)

test(
  'the drill runs as it stands, on the embedded PostgreSQL',
  async () => {
    const drill = await theDrill()
    for (let question = 0; question < 3; question += 1) {
      await drill.waitsForEnter()
      drill.enter()
    }
    expect({ code: await drill.ended, output: drill.output() }).toMatchObject({ code: 0 })
    expect(drill.output()).toMatch(/The node has the key that it had\. .*[0-9a-f]{4}/i)
  },
  patience,
)
