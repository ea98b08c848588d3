import { paths } from '../../src/common/paths.ts'
import { conceptIri } from '../../src/common/vocabularies.ts'
import { rows } from '../../src/database/database.ts'
import { indexEntries } from '../../src/directory/steps.ts'
import type { Reader } from '../support/browser.ts'
import { entryOf } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

const host = 'peers.south.example'
const origin = `https://${host}`

let node: TestNode
let asha: Resident
let reader: Reader
let key: string

// Somebody on another node, open to these kinds of chat and with these boundaries.
function somebody(name: string, kinds: readonly string[], boundaries: readonly string[] = []) {
  const person = `${origin}/ap/people/p1`
  return inventedPerson(1, origin, {
    name,
    worksFor: { type: 'Organization', name: 'North Council Libraries', addressCountry: 'IE' },
    peerChat: {
      id: `${person}/chat/1`,
      type: 'Proposal',
      purpose: 'offer',
      attributedTo: person,
      published: '2026-11-20T09:00:00Z',
      endTime: '2026-12-20T23:59:59Z',
      kinds: kinds.map((kind) => (kind.startsWith('https:') ? kind : conceptIri('conversation-kinds', kind))),
      boundaries: [...boundaries],
      publishes: {
        id: `${person}/chat/1#primary`,
        type: 'Intent',
        action: 'deliverService',
        resourceConformsTo: 'https://w3id.org/sideways/ns#PeerChat',
        resourceQuantity: { hasUnit: 'one', hasNumericalValue: '1' },
      },
    },
  })
}

async function indexed(...given: Parameters<typeof somebody>): Promise<void> {
  const document = somebody(...given)
  await node.app.db.transaction((tx) =>
    indexEntries(tx, node.app.secrets.order, [{ originId: 1, audience: 'members', document }]),
  )
}

beforeAll(async () => {
  node = await aNode()
  asha = await aResident(node, 'asha', { timeZone: 'Europe/London' })
  await listed(node, asha, ['here'])
  await addOrigin(node.app.db, 1, host)
  await rows(
    node.app.db,
    `insert into partner (id, host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, country, directory_key,
       following, follower, created_at, updated_at)
     values (1, $1, $2, $2 || '/ap/directory', '', '', '', '', '', 'IE', '', 'accepted', 'accepted', now(), now())`,
    [host, origin],
  )
  await indexed(
    'Aoife Murphy',
    ['shadow-session', 'https://kinds.example/dance', 'compare-notes'],
    ['not-my-organisation'],
  )
  key = await entryOf(node, 'Aoife Murphy')
  reader = await signIn(node, 'asha@north.example')
})

test('somebody on another node is not asked by whom she cannot look up there; the page says what to switch on', async () => {
  const { text } = await reader.get(paths.ask(key))
  expect(text).toContain('Aoife Murphy is on another node, and your own listing is not shown there')
  expect(text).toContain(`href="${paths.myListing}"`)
  await listed(node, asha, ['partners'])
})

test('kinds that we know are offered, each with its length, and a likeness of organisations is said', async () => {
  const { text } = await reader.get(paths.ask(key))
  expect(text).toContain('Shadow session (3 hours)')
  expect(text).toContain('Compare notes (30 minutes)')
  expect(text).not.toContain('dance')
  expect(text).toContain('you may work for the same one')
  const given = { chatKind: 'shadow-session', boundariesRead: 'yes' }
  expect((await reader.post(paths.ask(key), given)).url).toBe(paths.askLines(key))
})

test('times are as long as the kind takes; another length takes back what was chosen, another kind as long does not', async () => {
  await reader.post(paths.askLines(key), { why: 'One.', hope: 'Two.', bring: 'Three.' })
  const { text } = await reader.get(paths.askTimes(key))
  const [first = ''] = [...text.matchAll(/value="(2026-[^"]+)"/g)].map(([, one = '']) => one)
  expect(text).toMatch(/09:00 to 12:00|1\d:00 to 1\d:00/)
  expect(text).toContain('Ireland: the same time')
  await reader.post(paths.askTimes(key), { times: first })
  const drafted = () => rows<{ times: unknown }>(node.app.db, 'select times from ask_draft')
  await reader.post(paths.ask(key), { chatKind: 'shadow-session', boundariesRead: 'yes' })
  expect((await drafted())[0]?.times).not.toBeNull()
  await reader.post(paths.ask(key), { chatKind: 'compare-notes', boundariesRead: 'yes' })
  expect((await drafted())[0]?.times).toBeNull()
})

test('before it is sent she reads where it goes; sending queues one message and keeps one side', async () => {
  const check = await reader.post(paths.askTimes(key), { times: '' })
  expect(check.text).toContain(`It goes to ${host} and to nobody else`)
  expect((await reader.post(paths.askCheck(key), {})).text).toContain('Your request is on its way')
  expect(await rows(node.app.db, 'select side, kind from chat')).toEqual([{ side: 'asker', kind: 'compare-notes' }])
  expect(await rows(node.app.db, 'select what from chat_message')).toEqual([{ what: 'offer' }])
})

test('a time at which she has another chat is not offered, and is refused with that reason', async () => {
  await rows(
    node.app.db,
    `update chat set peer_actor = 'https://other.example/p', standing = 'arranged', plan_version = 1,
       plan_from = '2026-11-25T10:00:00Z', plan_until = '2026-11-25T12:00:00Z'`,
  )
  await reader.post(paths.ask(key), { chatKind: 'compare-notes', boundariesRead: 'yes' })
  await reader.post(paths.askLines(key), { why: 'One.', hope: 'Two.', bring: 'Three.' })
  const { text } = await reader.get(paths.askTimes(key))
  const times = [...text.matchAll(/value="(2026-[^"]+)"/g)].map(([, one = '']) => one)
  expect(times).toHaveLength(12)
  expect(times.filter((time) => time > '2026-11-25T09:30:00Z' && time < '2026-11-25T12:00:00Z')).toEqual([])
  const refused = await reader.post(paths.askTimes(key), { times: '2026-11-25T11:30:00Z' })
  expect(refused.text).toContain('You have another chat at one of these')
})

test('a name given by an address is not taken for somebody who introduced them', async () => {
  await rows(node.app.db, 'delete from chat')
  await reader.post(`${paths.ask(key)}?by=${encodeURIComponent('https://sam.example/ap/people/sam')}`, {
    chatKind: 'compare-notes',
    boundariesRead: 'yes',
  })
  expect(await rows(node.app.db, 'select introduced_by from ask_draft')).toEqual([{ introduced_by: null }])
})

test('whoever is open to kinds alone that this node does not know cannot be asked here', async () => {
  await indexed('Aoife Murphy', ['https://kinds.example/dance'])
  expect((await reader.get(paths.ask(key))).text).toContain('is not open to a chat at the moment')
})
