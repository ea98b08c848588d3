import { later, minute } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { answer, openRequest, takeBack } from '../../src/requests/actions.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { correspondence, type PublicPerson } from '../support/outside.ts'
import { getSigned, postedTo } from '../support/stranger.ts'
import { expectFixture } from './fixtures.ts'

// Her answer to a message from outside: who can read it, and how it is taken back (FEDERATION.md, Messages).

let node: TestNode
let server: StrangersServer
const others: StrangersServer[] = []
let post: ReturnType<typeof correspondence>

beforeAll(async () => {
  node = await aNode()
  server = await aStrangersServer()
  post = correspondence(node, server)
})

afterAll(async () => {
  await server.close()
  for (const other of others) await other.close()
})

describe('her answer', () => {
  let asha: PublicPerson
  let cleo: string
  let reply: string

  /** What differs from run to run. */
  const names = () => ({
    [node.url]: 'https://north.example',
    [new URL(node.url).host]: 'north.example',
    [server.origin]: 'https://mastodon.example',
    [new URL(server.origin).host]: 'mastodon.example',
    [asha.actor.split('/').at(-1) ?? '']: '6fd3',
    [reply.split('/').at(-1) ?? '']: '88xy',
    [noted]: `${server.origin}/users/cleo_answers/statuses/1`,
  })
  let noted = ''

  beforeAll(async () => {
    asha = await post.aPublicPerson('asha_answers')
    cleo = aRemotePerson(server, 'cleo_answers')
    noted = await post.write(asha, cleo, 'hello')
    const [request] = await post.held(asha)
    await openRequest(node.app, asha.id, request?.id ?? '')
    await answer(node.app, asha.id, request?.id ?? '', 'Only for Cleo & <co>.')
    await post.settled()
    const create = postedTo(server, 'Create').at(-1) as { object: { id: string } }
    reply = create.object.id
    expectFixture('answer-create', create, names())
  })

  test('can be fetched by its reader’s server with a signature, and by nobody else', async () => {
    const attacker = await aStrangersServer()
    others.push(attacker)
    const mallory = aRemotePerson(attacker, 'mallory')
    const unknown = await fetch(`${asha.actor}/replies/nothing`)
    for (const url of [reply, `${reply}/activity`]) {
      const answers = [
        await fetch(url, { headers: { accept: 'application/activity+json' } }),
        await getSigned(attacker, mallory, url),
      ]
      for (const given of answers) expect([given.status, await given.text()]).toEqual([404, 'Not found\n'])
    }
    expect(unknown.status).toBe(404)
    const given = await getSigned(server, aRemotePerson(server, 'dora_answers'), reply)
    expect([given.status, given.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
    expect(await given.json()).toMatchObject({
      id: reply,
      to: [cleo],
      content: expect.stringContaining('Only for Cleo &amp; &lt;co&gt;.'),
    })
    expect((await getSigned(server, cleo, reply.replace(/people\/[^/]+/, 'people/somebodyelse'))).status).toBe(404)
  })

  test('is kept in no table of deliveries, and the host that has it is known for the day on which she leaves', async () => {
    expect(await rows(node.app.db, `select 1 from outgoing_activity where body like '%Only for Cleo%'`)).toEqual([])
    const holders = await rows(
      node.app.db,
      'select host, inbox, asked_by as "askedBy" from holder where person_id = $1',
      [asha.actor.split('/').at(-1)],
    )
    expect(holders).toContainEqual({
      host: new URL(server.origin).host,
      inbox: `${server.origin}/inbox`,
      askedBy: null,
    })
  })

  test('can be taken back: its text is gone here at once, the other server is asked to delete it, and finds it gone', async () => {
    const [request] = await post.held(asha)
    await takeBack(node.app, asha.id, request?.answers?.[0]?.id ?? '')
    expect(await rows(node.app.db, `select 1 from request_answer where text like '%Only for Cleo%'`)).toEqual([])
    await post.settled()
    expectFixture('answer-delete', postedTo(server, 'Delete').at(-1) ?? {}, names())
    expect(postedTo(server, 'Delete').at(-1)).toMatchObject({
      id: `${reply}#delete`,
      actor: asha.actor,
      to: [cleo],
      cc: [],
      object: { id: reply, type: 'Tombstone', formerType: 'Note' },
    })
    expect(JSON.stringify(postedTo(server, 'Delete').at(-1))).not.toContain('#Public')
    const given = await getSigned(server, cleo, reply)
    expect(given.status).toBe(410)
    expectFixture('answer-gone', (await given.json()) as object, names()) // JSON of ours
    expect((await fetch(reply)).status).toBe(404)
  })

  test('is tried again while the other server is down, for two days', async () => {
    const dora = aRemotePerson(server, 'dora_down')
    await post.write(asha, dora, 'hello')
    const request = (await post.held(asha)).find(({ actor }) => actor === dora)
    await openRequest(node.app, asha.id, request?.id ?? '')
    server.status = 503
    await answer(node.app, asha.id, request?.id ?? '', 'Are you there?')
    await post.settled()
    server.status = 202
    const sent = () => postedTo(server, 'Create').filter(({ to: whom }) => String(whom) === dora).length
    expect(sent()).toBe(1)
    node.time = later(node.time, 2 * minute)
    await post.settled()
    expect(sent()).toBe(2)
    expect((await post.held(asha)).find(({ actor }) => actor === dora)?.answers?.[0]?.state).toBe('sent')
    node.time = later(node.time, 60 * minute)
    await post.settled()
    expect(sent()).toBe(2)
  })
})
