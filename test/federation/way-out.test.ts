import { createOutbound, type Outbound } from '../../src/common/outbound.ts'
import { lookUpPartner } from '../../src/federation/partner-lookup.ts'
import { listing, publish, settleAll, shownAt, subscribe } from '../partners/people.ts'
import { anInternet, aProxy, type Internet, type TestProxy } from '../support/internet.ts'
import { aNode } from '../support/node.ts'
import { signIn } from '../support/sign-in.ts'

let internet: Internet
let proxy: TestProxy

beforeAll(async () => {
  internet = await anInternet()
  proxy = await aProxy(internet)
})
afterAll(async () => {
  await proxy.close()
  await internet.close()
})

test('an administrator who adds a host that the node may not ask reads what to do', async () => {
  const node = await aNode({
    settings: { SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'false' },
    overrides: {
      outbound: createOutbound({
        allowPrivateAddresses: false,
        userAgent: 'test',
        network: internet.network,
        proxy: { url: proxy.url, lookup: 'here' },
        onlyHosts: ['*.peers.example'],
      }),
    },
  })
  const admin = await signIn(node, 'admin@north.example', 'administrator')
  const partner = await admin.post('/administration/partners/add', { host: 'south.hostile.example' })
  expect([partner.status, partner.text]).toEqual([
    400,
    expect.stringContaining('This node may not ask south.hostile.example. Add it to SIDEWAYS_EGRESS_ALLOW'),
  ])
  const list = await admin.post('/administration/partners/lists/add', {
    url: 'https://stewards.hostile.example/list.json',
  })
  expect([list.status, list.text]).toEqual([400, expect.stringContaining('This node may not ask that host.')])
  await expect(lookUpPartner(node.app, 'south.hostile.example')).rejects.toMatchObject({ code: 'host-not-allowed' })
  await expect(lookUpPartner(node.app, 'south.peers.example')).rejects.toMatchObject({ code: 'partner-not-sideways' })
  expect(internet.lookedUp.every((name) => name === 'south.peers.example')).toBe(true)
  expect(proxy.asked.every(({ target }) => target === 'south.peers.example:443')).toBe(true)
})

test('a partner node that fell off the list is said to be so, keeps its lease, and comes back with the list', async () => {
  const open = createOutbound({ allowPrivateAddresses: true, userAgent: 'test' })
  const closed = createOutbound({ allowPrivateAddresses: true, userAgent: 'test', onlyHosts: ['mastodon.example'] })
  let now: Outbound = open
  const outbound: Outbound = {
    fetch: (request, options) => now.fetch(request, options),
    async close() {
      await open.close()
      await closed.close()
    },
  }
  const north = await aNode()
  const south = await aNode({ overrides: { outbound } })
  await publish(north, listing(north, 'asha01'))
  await subscribe(south, north)
  now = closed
  south.time = new Date(south.time.getTime() + 2 * 3_600_000)
  await settleAll(south)
  const admin = await signIn(south, 'admin@south.example', 'administrator')
  expect((await admin.get('/administration/partners/1')).text).toContain('This node may not ask them')
  expect(await shownAt(south)).toEqual(['Person asha01'])
  now = open
  south.time = new Date(south.time.getTime() + 7 * 3_600_000)
  await settleAll(south)
  expect((await admin.get('/administration/partners/1')).text).not.toContain('This node may not ask them')
})
