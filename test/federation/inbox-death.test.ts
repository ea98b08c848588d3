import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { freshDatabase } from '../support/database.ts'
import { aNodeChild, settleChildren, type NodeChild } from '../support/node-child.ts'
import { inventedPerson } from '../support/people.ts'
import { post } from './inbox-post.ts'

// kill -9 while activities are taken in, and while they are worked on: nothing that was answered 202 is lost, and nothing is done twice.

const time = new Date('2026-11-22T09:00:00Z')
const person = 'benchperson1'

let child: NodeChild
let mastodon: StrangersServer
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sideways-inbox-'))
  mastodon = await aStrangersServer()
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const databaseUrl = await freshDatabase()
  child = aNodeChild({ databaseUrl, port, origin, name: 'north node', time, folder })
  await child.start(time)
  const document = JSON.stringify(inventedPerson(1, origin)).replaceAll("'", "''")
  for (const statement of [
    `insert into account (id, mail, role, state, language, created_at) values ('a', 'a@north.example', 'member', 'active', 'en', now())`,
    `insert into person (id, account_id, handle, created_at, public_since) values ('${person}', 'a', 'asha', now(), now())`,
    `insert into listing (id, account_id, person_id, here, partners, public, discovery, published_at, updated_at, review_at, public_document)
     values ('l', 'a', '${person}', false, false, true, false, now(), now(), now() + interval '1 year', '${document}')`,
  ])
    await child.tell('sql', statement)
}, 120_000)

afterAll(async () => {
  await child.end()
  await mastodon.close()
  await rm(folder, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo // a TCP server's
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return port
}

function follow(name: string) {
  const actor = aRemotePerson(mastodon, name)
  return {
    actor,
    body: JSON.stringify({
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${mastodon.origin}/follows/${name}`,
      type: 'Follow',
      actor,
      object: `${child.url}/ap/people/${person}`,
    }),
  }
}

async function statusOf({ actor, body }: ReturnType<typeof follow>): Promise<number | 'no answer'> {
  return post(child, mastodon, actor, body).then(
    ({ status }) => status,
    () => 'no answer',
  )
}

async function count(of: string): Promise<unknown> {
  const [row] = await child.tell('sql', `select count(*)::int as count from ${of}`)
  return row
}

test.each(['before-commit', 'after-commit'] as const)(
  'when the node dies %s of taking one in, its sender sends it again and it is there once',
  async (dies) => {
    const one = follow(`taken_${dies.slice(0, 5)}`)
    // Its actor is known, so that what follows is one transaction.
    expect(await statusOf({ ...one, body: one.body.replace('"Follow"', '"Like"') })).toBe(202)
    await child.tell('sql', 'delete from inbox_activity')
    await child.tell('dieAt', { when: 'serving', path: '/ap/inbox', nth: 1, dies })
    expect(await statusOf(one)).toBe('no answer')
    await child.dead()
    await child.start(time)
    expect(await count('inbox_activity')).toEqual({ count: dies === 'before-commit' ? 0 : 1 })
    expect(await statusOf(one)).toBe(202)
    expect(await count('inbox_activity')).toEqual({ count: 1 })
  },
  60_000,
)

test('when the worker dies again and again in the middle of a batch, each is done once in the end', async () => {
  await child.tell('sql', 'delete from follower')
  await child.tell('sql', 'delete from inbox_activity')
  const all = Array.from({ length: 12 }, (_, number) => follow(`many_${number}`))
  for (const one of all) expect(await statusOf(one)).toBe(202)
  // One of them needs its sender's server: it is set aside, and done alone.
  await child.tell('sql', `delete from remote_actor where id = '${all[5]?.actor}'`)
  let deaths = 0
  for (const dies of ['before-commit', 'after-commit', 'before-commit', 'after-commit', 'after-commit'] as const) {
    await child.tell('dieAt', { when: 'serving', path: '/health', nth: 1, dies })
    await fetch(`${child.url}/health`).catch(() => undefined)
    await settleChildren(child)
    if (child.isUp()) await child.tell('dieAt', undefined)
    else {
      deaths += 1
      await child.start(time)
    }
  }
  expect(deaths).toBeGreaterThanOrEqual(3)
  expect(await settleChildren(child)).toEqual([])
  expect(await count('inbox_activity')).toEqual({ count: 0 })
  expect(await count('follower')).toEqual({ count: 12 })
  expect(await count('follower where jsonb_array_length(follows) <> 1')).toEqual({ count: 0 })
}, 120_000)
