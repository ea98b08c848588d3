import { rows } from '../../src/database/database.ts'
import { choosePosts, settlePosts } from '../../src/federation/note-actions.ts'
import { defaultPosting, type Posting } from '../../src/federation/notes.ts'
import { closeToChat, endScope, pauseUntil, resume } from '../../src/listing/actions.ts'
import { relist, unlist } from '../../src/listing/unlist-actions.ts'
import { receipts } from '../../src/profile/views.ts'
import { saveAudience, saveFields } from '../../src/profile/actions.ts'
import { day, dayOf, later } from '../../src/common/clock.ts'
import { aRemotePerson, aStrangersServer, type StrangersServer } from '../support/attacker.ts'
import { actorOf, follow, read, sentTo, type Activity } from '../support/followers.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, opened, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'
import { expectFixture } from './fixtures.ts'

// What is posted under a person's name: only what she chose, few, readable alone, and gone when it is not true any more.

let node: TestNode
let mastodon: StrangersServer
let asha: Resident
let actor: string

beforeEach(async () => {
  node = await aNode({
    settings: { SIDEWAYS_ACCEPT_FOLLOWERS: 'automatic', SIDEWAYS_MAIL_DOMAINS: 'north.example' },
  })
  mastodon = await aStrangersServer()
  asha = await aResident(node)
  await listed(node, asha, ['public'])
  await settled()
  actor = await actorOf(node, asha)
  await follow(node, mastodon, aRemotePerson(mastodon, 'cleo'), actor)
  await settled()
})

afterEach(() => mastodon.close())

async function settled(): Promise<void> {
  expect(await node.settle()).toEqual([])
}

async function wants(chosen: Partial<Posting>): Promise<void> {
  await choosePosts(node.app, asha, { wanted: { ...defaultPosting, ...chosen }, language: 'en' })
  await settled()
}

async function daysLater(days: number): Promise<void> {
  node.time = later(node.time, days * day)
  await node.runTimetable('listing.settle-flags')
  await node.runTimetable('federation.settle-due-posts')
  await settled()
}

const created = (): Activity[] => sentTo(mastodon, 'Create')
const noteIn = (activity: Activity | undefined) => activity?.object as { id: string; content: string }
const names = () => ({
  [node.url]: 'https://north.example',
  [new URL(node.url).host]: 'north.example',
  [String(actor.split('/').at(-1))]: '6fd3',
})

test('what is sent when a flag opens can be read without her profile, and is pinned', async () => {
  await opened(node, asha)
  await settled()
  const [create] = created()
  const note = noteIn(create)
  expect(note.content).toContain('until 22 December 2026')
  expect(note.content).toContain('Product manager, North Council, Local government')
  expect(note.content).toContain('send me a private mention')
  expect(note.content).toContain(`<a href="${node.url}/@asha">`)
  expect(note.content).toContain('class="mention hashtag" rel="tag">#<span>OpenToPeerChat</span></a>')
  expect(note).toMatchObject({ contentMap: { en: note.content }, sensitive: false })
  expect(note).not.toHaveProperty('summary')
  expect((await read(`${actor}/featured`)).json()).toMatchObject({ totalItems: 1, orderedItems: [note.id] })
  expect((await read(`${actor}/outbox`)).json().totalItems).toBe(1)
  expect((await read(note.id)).json()).toEqual({ ...note, '@context': expect.anything() })
  expectFixture('person-create-note-opened', create ?? {}, names())
  expectFixture('person-add-pinned', sentTo(mastodon, 'Add')[0] ?? {}, names())
  expectFixture('person-featured', (await read(`${actor}/featured`)).json(), names())
  expectFixture('person-outbox', (await read(`${actor}/outbox`)).json(), names())
  expectFixture('person-tags', (await read(`${actor}/tags`)).json(), names())
  const { peerChat } = (await read(actor)).json() as { peerChat: string } // ours
  expectFixture('person-chat', (await read(peerChat)).json(), names())
  // Create, then Add, then what she is now.
  const kinds = sentTo(mastodon).map(({ type }) => type)
  expect(kinds.indexOf('Create')).toBeLessThan(kinds.indexOf('Add'))
  expect(kinds.lastIndexOf('Update')).toBeGreaterThan(kinds.indexOf('Add'))
})

test('in Welsh the text is Welsh, and says so', async () => {
  await rows(node.app.db, `update account set language = 'cy' where id = $1`, [asha.id])
  await opened(node, asha)
  await settled()
  const note = noteIn(created()[0])
  expect(note.content).toContain('tan 22 Rhagfyr 2026')
  expect(note.content).toContain('Fy swydd: Rheolwr cynnyrch')
  expect(note).toMatchObject({ contentMap: { cy: note.content } })
  expectFixture('person-create-note-opened-cy', created()[0] ?? {}, names())
})

test('when the flag closes the post is unpinned and deleted, and its address says that it is gone', async () => {
  await opened(node, asha)
  await settled()
  const { id } = noteIn(created()[0])
  await closeToChat(node.app, asha)
  // From that moment, whatever the jobs do.
  expect((await read(id)).status).toBe(410)
  expect((await read(`${actor}/featured`)).json()).toMatchObject({ totalItems: 0, orderedItems: [] })
  await settled()
  expect(sentTo(mastodon, 'Remove')[0]).toMatchObject({ actor, object: id, target: `${actor}/featured` })
  expect(sentTo(mastodon, 'Delete')[0]).toMatchObject({ actor, object: { id, type: 'Tombstone', formerType: 'Note' } })
  const kinds = sentTo(mastodon).map(({ type }) => type)
  expect(kinds.lastIndexOf('Update')).toBeGreaterThan(kinds.indexOf('Delete'))
  expect(kinds.indexOf('Remove')).toBeLessThan(kinds.indexOf('Delete'))
  expect((await read(`${actor}/outbox`)).json().totalItems).toBe(0)
  // Nothing of the text is kept.
  expect(await rows(node.app.db, 'select body, inboxes from note')).toEqual([{ body: null, inboxes: [] }])
  expectFixture('person-remove-pinned', sentTo(mastodon, 'Remove')[0] ?? {}, names())
  expectFixture('person-delete-note', sentTo(mastodon, 'Delete')[0] ?? {}, names())
  expectFixture('person-note-gone', (await read(id)).json(), names())
})

test('at its end a flag takes its post with it although every job is late, and the job then tells', async () => {
  await opened(node, asha, 2)
  await settled()
  const { id } = noteIn(created()[0])
  node.time = later(node.time, 5 * day)
  expect((await read(id)).status).toBe(410)
  expect((await read(`${actor}/featured`)).json().totalItems).toBe(0)
  expect(sentTo(mastodon, 'Delete')).toEqual([])
  // The sweep alone does it, also where nobody has noticed that the flag ended.
  await node.runTimetable('federation.settle-due-posts')
  await settled()
  expect(sentTo(mastodon, 'Delete')).toHaveLength(1)
  await node.runTimetable('federation.settle-due-posts')
  await node.runTimetable('listing.settle-flags')
  await settled()
  expect(sentTo(mastodon, 'Delete')).toHaveLength(1)
  expect(sentTo(mastodon, 'Remove')).toHaveLength(1)
})

test('a post that waited for a server until its flag ended is never sent', async () => {
  mastodon.status = 503
  await opened(node, asha, 1)
  await settled()
  const before = mastodon.requests.length
  mastodon.status = 202
  await daysLater(3)
  const after = mastodon.requests
    .slice(before)
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => JSON.parse(body).type)
  expect(after).not.toContain('Create')
  expect(after).not.toContain('Add')
  expect(after).toContain('Delete')
})

test('paused and open again: the old post goes, and a new one comes under a new address', async () => {
  await opened(node, asha)
  await settled()
  await pauseUntil(node.app, asha, dayOf(later(node.time, 3 * day)))
  await settled()
  expect(sentTo(mastodon, 'Delete')).toHaveLength(1)
  await resume(node.app, asha)
  await settled()
  const ids = created().map((activity) => noteIn(activity).id)
  expect(new Set(ids).size).toBe(2)
  expect((await read(`${actor}/featured`)).json().orderedItems).toEqual([ids[1]])
})

test('what a post says of her job is what everyone may read: it goes when that changes, and a new one comes', async () => {
  await opened(node, asha)
  await settled()
  const [before] = created().map((activity) => noteIn(activity))
  await saveAudience(node.app, asha.id, { levels: { sector: 3 }, onlyOneInPublic: false })
  node.time = later(node.time, 60_000)
  await settled()
  expect((await read(before?.id ?? '')).status).toBe(410)
  expect(sentTo(mastodon, 'Delete')).toHaveLength(1)
  const [, now, ...more] = created().map((activity) => noteIn(activity))
  expect(more).toEqual([])
  expect(now?.content).toContain('My job: Product manager, North Council.')
  expect((await read(`${actor}/featured`)).json().orderedItems).toEqual([now?.id])
})

test('a week-old flag that ends in three days is told of once more, if she wants that, and once only', async () => {
  await wants({ closing: true })
  await opened(node, asha, 14)
  await settled()
  await daysLater(10)
  expect(created()).toHaveLength(1)
  await daysLater(2)
  await daysLater(0)
  expect(created()).toHaveLength(2)
  expect(noteIn(created()[1]).content).toContain('ends on 6 December 2026')
  expectFixture('person-create-note-closing', created()[1] ?? {}, { ...names(), 'notes/17280': 'notes/2' })
  expect((await read(`${actor}/featured`)).json().orderedItems).toEqual([noteIn(created()[0]).id])
  await daysLater(4)
  expect(
    sentTo(mastodon, 'Delete')
      .map(({ object }) => (object as { id: string }).id)
      .toSorted(),
  ).toEqual(
    created()
      .map((activity) => noteIn(activity).id)
      .toSorted(),
  )
})

test('a practice that becomes public is told of, those from before are not, and the post goes with the practice', async () => {
  await wants({ practice: true })
  expect(created()).toEqual([])
  await saveFields(node.app, asha.id, { shares: ['retrospective', 'story-map'] })
  await settled()
  await settled()
  expect(created()).toHaveLength(1)
  const note = noteIn(created()[0])
  expect(note.content).toContain('Story map')
  expect(note.content).not.toContain('Retrospective')
  expect(note.content).toContain('20 February 2027')
  expect(note.content).toContain('#<span>PeerPractice</span>')
  expectFixture('person-create-note-practice', created()[0] ?? {}, names())
  expect((await read(note.id)).status).toBe(200)
  expect((await read(`${actor}/featured`)).json().totalItems).toBe(0)
  await saveFields(node.app, asha.id, { shares: ['retrospective'] })
  await settled()
  expect((await read(note.id)).status).toBe(410)
  expect(sentTo(mastodon, 'Delete')[0]).toMatchObject({ object: { id: note.id } })
})

test('a post about a practice goes after 90 days', async () => {
  await wants({ practice: true })
  await saveFields(node.app, asha.id, { sharesInWords: ['Walking <b>one-to-ones</b>'] })
  await settled()
  const note = noteIn(created()[0])
  expect(note.content).toContain('Walking &lt;b&gt;one-to-ones&lt;/b&gt;')
  await daysLater(89)
  expect((await read(note.id)).status).toBe(200)
  node.time = later(node.time, 2 * day)
  expect((await read(note.id)).status).toBe(410)
  await daysLater(0)
  expect(sentTo(mastodon, 'Delete')).toHaveLength(1)
})

test('there are at most four posts in any 30 days; her page says which was left out', async () => {
  for (let round = 0; round < 6; round += 1) {
    await opened(node, asha)
    await settled()
    await closeToChat(node.app, asha)
    await settled()
  }
  expect(created()).toHaveLength(4)
  await opened(node, asha)
  await settled()
  expect(created()).toHaveLength(4)
  expect((await read(`${actor}/featured`)).json().totalItems).toBe(0)
  const reader = await signIn(node, 'asha@north.example')
  const page = await reader.get('/me/posts')
  expect(page.text).toContain('There were 4 posts in the last 30 days.')
  expect(page.text).toContain('No more posts are made before 22 December 2026')
  expect(page.text).toContain('Not posted, since there had been 4 in 30 days')
  await closeToChat(node.app, asha)
  await daysLater(30)
  await opened(node, asha)
  await settled()
  expect(created()).toHaveLength(5)
})

test('turned off, nothing is posted, and each change has its receipt', async () => {
  const reader = await signIn(node, 'asha@north.example')
  const form = await reader.get('/me/posts')
  expect(form.text).toMatch(/value="opened" checked/)
  expect(form.text).not.toMatch(/value="(closing|practice|topic)" checked/)
  const answer = await reader.post('/me/posts', { posts: ['closing', 'practice'] })
  expect(answer.text).toContain('Your choices are saved.')
  await settled()
  await opened(node, asha)
  await settled()
  expect(created()).toEqual([])
  const said = (await receipts(node.app.db, asha.id)).filter(({ purpose }) => purpose.startsWith('post-'))
  expect(said.map(({ purpose, given }) => `${purpose} ${given}`).toSorted()).toEqual([
    'post-closing true',
    'post-opened false',
    'post-practice true',
  ])
  for (const receipt of said) expect(receipt.wordingVersion).toBe(`${receipt.purpose}.v1.en`)
  expect(form.text).toContain(said.find(({ purpose }) => purpose === 'post-closing')?.wording.slice(0, 60))
  expect((await reader.get('/me/receipts')).text).toContain('Yes to: posts that your peer chat ends soon')
})

test('a database that was restored from a backup gives no post an address that was deleted elsewhere', async () => {
  node.time = later(node.time, day)
  await opened(node, asha)
  await settled()
  await closeToChat(node.app, asha)
  await settled()
  // What an older database does not know of.
  await rows(node.app.db, 'delete from note')
  node.time = later(node.time, 60_000)
  await opened(node, asha)
  await settled()
  expect(new Set(created().map((activity) => noteIn(activity).id)).size).toBe(2)
})

test('who hides for a while takes her posts along, and has the one of an open flag anew when she is back', async () => {
  await wants({ practice: true })
  await saveFields(node.app, asha.id, { shares: ['retrospective', 'story-map'] })
  await opened(node, asha)
  await settled()
  const before = created().map((activity) => noteIn(activity).id)
  expect(before).toHaveLength(2)
  await unlist(node.app, asha)
  for (const id of before) expect((await read(id)).status).not.toBe(200)
  await settled()
  expect(
    new Set(sentTo(mastodon, 'Delete').map(({ object }) => (typeof object === 'string' ? object : object.id))),
  ).toEqual(new Set(before))
  await relist(node.app, asha)
  await settled()
  const [again, ...more] = created().slice(2)
  expect(more).toEqual([])
  expect(noteIn(again).content).toContain('#<span>OpenToPeerChat</span>')
  expect((await read(`${actor}/featured`)).json().orderedItems).toEqual([noteIn(again).id])
})

test('who leaves takes her posts along before she goes', async () => {
  await opened(node, asha)
  await settled()
  const { id } = noteIn(created()[0])
  await endScope(node.app, asha, { purpose: 'public', language: 'en', channel: 'page' })
  expect((await read(id)).status).toBe(410)
  await settled()
  // By inbox: what goes to two inboxes of a server goes out side by side.
  const taken = (): readonly (readonly string[])[] =>
    [...Map.groupBy(mastodon.requests, ({ path }) => path).values()].map((requests) =>
      requests
        .filter(({ method }) => method === 'POST')
        .map(({ body }) => JSON.parse(body) as Activity)
        .filter(({ type }) => type === 'Delete')
        .map(({ object }) => (typeof object === 'string' ? object : object.id)),
    )
  const both = (): readonly string[] | undefined => taken().find((ids) => ids.includes(id) && ids.includes(actor))
  // On a machine that is busy a delivery may be tried again.
  for (let round = 0; round < 8 && !both(); round += 1) {
    node.time = later(node.time, 300_000)
    await settled()
  }
  const deleted = both() ?? []
  expect(deleted).toEqual(expect.arrayContaining([id, actor]))
  expect(deleted.indexOf(id)).toBeLessThan(deleted.indexOf(actor))
})

test('a job that runs again after a crash, or twice at once, posts and takes back once', async () => {
  const personId = String(actor.split('/').at(-1))
  await opened(node, asha)
  await Promise.all([1, 2, 3, 4].map(() => settlePosts(node.app, personId)))
  await settled()
  await settlePosts(node.app, personId)
  await settled()
  expect(created()).toHaveLength(1)
  expect(sentTo(mastodon, 'Add')).toHaveLength(1)
  await closeToChat(node.app, asha)
  await Promise.all([1, 2, 3, 4].map(() => settlePosts(node.app, personId)))
  await settled()
  expect(sentTo(mastodon, 'Remove')).toHaveLength(1)
  expect(sentTo(mastodon, 'Delete')).toHaveLength(1)
})

test('at the same moment, too, no more than four are posted', async () => {
  const personId = String(actor.split('/').at(-1))
  await wants({ practice: true, closing: true })
  for (let round = 0; round < 3; round += 1) {
    await opened(node, asha)
    await settlePosts(node.app, personId)
  }
  // Three are made. Four things want the last place at once: from two tables and several processes.
  const shares = ['retrospective', 'story-map', 'kanban-board', 'pair-writing']
  await Promise.all([
    ...shares.map((_, index) => saveFields(node.app, asha.id, { sharesInWords: [`Way ${index}`] })),
    opened(node, asha),
    ...shares.map(() => settlePosts(node.app, personId)),
  ])
  await settled()
  const made = await rows(node.app.db, 'select 1 from note where number is not null')
  expect(made.length).toBe(4)
})
