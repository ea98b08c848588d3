import { rows } from '../../src/database/database.ts'
import { answer, finishSending, openRequest, takeBack } from '../../src/requests/actions.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { correspondence, newestNumber, to, type PublicPerson } from '../support/outside.ts'
import { postedTo, sendTo } from '../support/stranger.ts'
import { changedMessage, deletedMessage, noteId } from './shapes/messages.ts'

// Messages from outside through the real inbox, as Mastodon, GoToSocial, Misskey and snac2 send them (FEDERATION.md, Messages).

let node: TestNode
let server: StrangersServer
let post: ReturnType<typeof correspondence>

beforeAll(async () => {
  node = await aNode()
  server = await aStrangersServer()
  post = correspondence(node, server)
})

afterAll(async () => {
  await server.close()
})

describe.each(['mastodon', 'gotosocial', 'misskey', 'snac2'] as const)('a direct message of %s', (software) => {
  let asha: PublicPerson
  let cleo: string
  const shown = { mastodon: '@asha', gotosocial: '@asha', misskey: '@asha', snac2: '@asha' } as const

  beforeAll(async () => {
    asha = await post.aPublicPerson(`asha_${software}`)
    cleo = aRemotePerson(server, `cleo_${software}`)
  })

  test('becomes a request with its text, by the shared inbox or by her own', async () => {
    await post.write(asha, cleo, 'could we talk about roadmaps?', { software })
    const [request, ...more] = await post.held(asha)
    expect(more).toEqual([])
    expect(request).toMatchObject({
      kind: 'outside',
      actor: cleo,
      host: new URL(server.origin).host,
      handle: `@cleo_${software}@${new URL(server.origin).host}`,
      unseen: 1,
      opened: false,
      answered: false,
    })
    expect(request?.texts?.[0]?.text).toMatch(new RegExp(`^${shown[software]}\\S* could we talk about roadmaps\\?$`))
    await post.write(asha, cleo, 'and one more thing', { software, inbox: `${asha.actor}/inbox` })
    expect(await post.held(asha)).toHaveLength(1)
    expect(await post.textsOf(asha)).toHaveLength(2)
  })

  test('is another text after an edit, and shows both once she had read it', async () => {
    const last = newestNumber()
    const edit = (text: string) =>
      sendTo(node, server, changedMessage(software, { author: cleo, to: to(asha), text, number: last }))
    expect(await edit('and something else')).toBe(202)
    await post.settled()
    expect((await post.textsOf(asha))[1]).toContain('and something else')
    const [request] = await post.held(asha)
    await openRequest(node.app, asha.id, request?.id ?? '')
    await edit('and what I never meant')
    await post.settled()
    const changed = (await post.held(asha))[0]?.texts?.[1]
    expect([changed?.text, changed?.changedText]).toEqual([
      expect.stringContaining('and something else'),
      expect.stringContaining('and what I never meant'),
    ])
  })

  test('is answered by a Note to exactly its author, which mentions her and stands under what it answers', async () => {
    const [request] = await post.held(asha)
    await answer(node.app, asha.id, request?.id ?? '', 'Yes, happy to.\nWhen?\n\nAsha')
    await post.settled()
    const sent = postedTo(server, 'Create').filter(({ actor }) => actor === asha.actor)
    expect(sent).toHaveLength(1)
    const [create] = sent
    const { object } = create as { object: Record<string, unknown> }
    const content = `<p><span class="h-card"><a href="${cleo}" class="u-url mention">@<span>cleo_${software}</span></a></span> Yes, happy to.<br>When?</p><p>Asha</p>`
    expect(create).toMatchObject({
      type: 'Create',
      actor: asha.actor,
      to: [cleo],
      cc: [],
      id: `${String(object['id'])}/activity`,
    })
    expect(object).toMatchObject({
      type: 'Note',
      attributedTo: asha.actor,
      inReplyTo: noteId(software, cleo, newestNumber()),
      to: [cleo],
      cc: [],
      sensitive: false,
      published: '2026-11-22T09:00:00Z',
      content,
      contentMap: { en: content },
      tag: [{ type: 'Mention', href: cleo, name: `@cleo_${software}@${new URL(server.origin).host}` }],
    })
    expect(String(object['context'])).toMatch(/^https?:\/\//)
    expect(object).not.toHaveProperty('summary')
    expect(JSON.stringify(create)).not.toContain('#Public')
    expect(JSON.stringify(create)).not.toContain(`${asha.actor}/followers`)
    const posted = server.requests.findLast(({ body }) => body.includes(String(create?.['id'])))
    expect(posted?.path).toBe(`/users/cleo_${software}/inbox`)
    expect(String(posted?.headers['signature'])).toContain(`keyId="${asha.actor}#main-key"`)
  })

  test('is gone when its author deletes it, and so is the request with the last text', async () => {
    const [request] = await post.held(asha)
    for (const { id } of request?.answers ?? []) await takeBack(node.app, asha.id, id)
    await post.settled()
    await rows(node.app.db, 'delete from request_answer')
    for (const last of [newestNumber(), newestNumber() - 1]) {
      expect(await post.held(asha)).toHaveLength(1)
      expect(await sendTo(node, server, deletedMessage(software, { author: cleo, number: last }))).toBe(202)
      await post.settled()
    }
    expect(await post.held(asha)).toEqual([])
    expect(await rows(node.app.db, 'select 1 from request where actor = $1', [cleo])).toEqual([])
  })
})

describe('an answer', () => {
  async function answered(handle: string): Promise<{ asha: PublicPerson; reply: string }> {
    const asha = await post.aPublicPerson(`asha_${handle}`)
    await post.write(asha, aRemotePerson(server, `cleo_${handle}`), 'hello')
    const [request] = await post.held(asha)
    await openRequest(node.app, asha.id, request?.id ?? '')
    await answer(node.app, asha.id, request?.id ?? '', 'Yes.')
    const [row] = await rows<{ id: string }>(node.app.db, `select id from request_answer where request_id = $1`, [
      request?.id,
    ])
    return { asha, reply: row?.id ?? '' }
  }
  const deletes = (reply: string): number =>
    postedTo(server, 'Delete').filter(({ id }) => String(id).includes(`/replies/${reply}#`)).length

  test('that was taken back while it was on its way is deleted after it arrived', async () => {
    const { asha, reply } = await answered('overtaken')
    await takeBack(node.app, asha.id, reply)
    await post.settled()
    expect(deletes(reply)).toBe(1)
    // Only now does the first job learn that its POST was taken.
    await finishSending(node.app, reply, { isTakenBack: false, state: 'sent' })
    await post.settled()
    expect(deletes(reply)).toBe(2)
    expect(await rows(node.app.db, 'select state from request_answer where id = $1', [reply])).toEqual([
      { state: 'sent' },
    ])
  })

  test('is not called sent before it is known who holds a copy of hers', async () => {
    const { asha } = await answered('holder')
    await rows(node.app.db, 'delete from holder')
    await rows(
      node.app.db,
      `create function dies() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$`,
    )
    await rows(node.app.db, 'create trigger dies before update on request_answer for each row execute function dies()')
    expect(await node.settle()).toEqual([expect.stringContaining('killed')])
    const holders = await rows(node.app.db, 'select host from holder where person_id = $1', [
      asha.actor.split('/').at(-1),
    ])
    expect(holders).toEqual([{ host: new URL(server.origin).host }])
    await rows(node.app.db, 'drop function dies cascade')
  })
})
