import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { bypassesProxy, isAllowedHost } from '../../src/common/outbound-hosts.ts'
import { createOutbound, OutboundError, type Outbound, type OutboundSettings } from '../../src/common/outbound.ts'
import { anInternet, aProxy, type Internet, type TestProxy } from '../support/internet.ts'

let internet: Internet
let proxy: TestProxy
const open: Outbound[] = []
const asked: { readonly host: string; readonly headers: IncomingMessage['headers'] }[] = []

beforeAll(async () => {
  internet = await anInternet()
  proxy = await aProxy(internet)
})
beforeEach(() => {
  internet.hosts.clear()
  internet.names.clear()
  internet.dialled.length = 0
  internet.lookedUp.length = 0
  asked.length = 0
  proxy.asked.length = 0
  proxy.refuses = undefined
})
afterAll(async () => {
  for (const one of open) await one.close()
  await proxy.close()
  await internet.close()
})

function anOutbound(settings: Partial<OutboundSettings> = {}): Outbound {
  const outbound = createOutbound({
    allowPrivateAddresses: false,
    userAgent: 'Sideways/test',
    network: internet.network,
    ...settings,
  })
  open.push(outbound)
  return outbound
}

function aHost(name: string, answer: (request: IncomingMessage, response: ServerResponse) => void): void {
  internet.hosts.set(name, (request, response) => {
    asked.push({ host: name, headers: request.headers })
    answer(request, response)
  })
}

const says =
  (text: string) =>
  (_request: IncomingMessage, response: ServerResponse): void =>
    void response.end(text)
const sends =
  (location: string) =>
  (_request: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(302, { location }).end()

async function errorOf(answer: Promise<unknown>): Promise<OutboundError> {
  try {
    await answer
  } catch (error) {
    if (error instanceof OutboundError) return error
    throw error
  }
  throw new Error('it answered')
}

const get = (outbound: Outbound, url: string, options = {}): ReturnType<Outbound['fetch']> =>
  outbound.fetch(new Request(url), options)

describe('addresses', () => {
  test('a host with a public address is asked over TLS at that address', async () => {
    aHost('a.peers.example', says('hello'))
    expect((await get(anOutbound(), 'https://a.peers.example/')).body.toString()).toBe('hello')
    expect(internet.dialled).toEqual(['5.5.5.5'])
  })

  test.each([
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    'fd00::1',
  ])('a name that leads to %s is not connected to', async (address) => {
    internet.names.set('a.hostile.example', [[address]])
    expect(await errorOf(get(anOutbound(), 'https://a.hostile.example/'))).toMatchObject({ code: 'address-refused' })
    expect(internet.dialled).toEqual([])
  })

  test('of several addresses only public ones are taken', async () => {
    internet.names.set('a.hostile.example', [['10.0.0.1', '5.5.5.6']])
    aHost('a.hostile.example', says('x'))
    await get(anOutbound(), 'https://a.hostile.example/')
    expect(internet.dialled).toEqual(['5.5.5.6'])
  })

  test('a name that changes to a private address between two connections is refused at the second', async () => {
    internet.names.set('rebind.hostile.example', [['5.5.5.5'], ['169.254.169.254']])
    aHost('rebind.hostile.example', (_request, response) => void response.setHeader('connection', 'close').end('x'))
    const outbound = anOutbound()
    await get(outbound, 'https://rebind.hostile.example/')
    expect(await errorOf(get(outbound, 'https://rebind.hostile.example/'))).toMatchObject({ code: 'address-refused' })
    expect(internet.dialled).toEqual(['5.5.5.5'])
    // One look for each connection: what was looked at is what is connected to.
    expect(internet.lookedUp).toHaveLength(2)
  })

  test.each([
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'http://a.hostile.example/',
    'https://a.hostile.example:8443/',
    'https://me:secret@a.hostile.example/',
    'https://inside.hostile.example/',
    'ftp://a.hostile.example/',
    '//[::ffff:7f00:1]/',
  ])('a redirect to %s is not followed', async (location) => {
    internet.names.set('inside.hostile.example', [['192.168.1.1']])
    aHost('a.hostile.example', sends(location))
    expect(await errorOf(get(anOutbound(), 'https://a.hostile.example/start'))).toMatchObject({
      code: 'address-refused',
    })
    expect(asked).toHaveLength(1)
    expect(internet.dialled).toEqual(['5.5.5.5'])
  })

  test('a circle of redirects ends', async () => {
    aHost('a.hostile.example', sends('https://b.hostile.example/'))
    aHost('b.hostile.example', sends('https://a.hostile.example/'))
    expect(await errorOf(get(anOutbound(), 'https://a.hostile.example/'))).toMatchObject({ code: 'too-many-redirects' })
    expect(asked).toHaveLength(4)
  })
})

test('a redirect to another host carries nothing that was signed for the first', async () => {
  aHost('a.peers.example', sends('https://b.peers.example/b'))
  aHost('b.peers.example', says('there'))
  const first = new Request('https://a.peers.example/a', {
    headers: {
      signature: 'for a',
      'signature-input': 'for a',
      authorization: 'for a',
      digest: 'for a',
      date: 'then',
      accept: 'x',
    },
  })
  await anOutbound().fetch(first)
  expect(asked.map(({ headers }) => [headers.signature, headers.authorization, headers.date, headers.accept])).toEqual([
    ['for a', 'for a', 'then', 'x'],
    [undefined, undefined, undefined, 'x'],
  ])
  asked.length = 0
  await anOutbound().fetch(new Request('https://a.peers.example/a'), {
    sign: async (request) => new Request(request, { headers: { signature: `for ${request.url}` } }),
  })
  expect(asked.map(({ headers }) => headers.signature)).toEqual([
    'for https://a.peers.example/a',
    'for https://b.peers.example/b',
  ])
})

describe('answers', () => {
  test('a compressed answer is refused unread, and none is asked for', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    aHost('a.hostile.example', (_request, response) => void response.setHeader('content-encoding', 'gzip').end(bomb))
    const before = process.memoryUsage().rss
    expect(await errorOf(get(anOutbound(), 'https://a.hostile.example/'))).toMatchObject({ code: 'compressed' })
    expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000)
    expect(asked[0]?.headers['accept-encoding']).toBe('identity')
  })

  test('what an inbox says in its compressed answer to a post does not matter', async () => {
    aHost(
      'a.peers.example',
      (_request, response) => void response.writeHead(202, { 'content-encoding': 'gzip' }).end(gzipSync('ok')),
    )
    const post = new Request('https://a.peers.example/inbox', { method: 'POST', body: '{}' })
    expect((await anOutbound().fetch(post)).status).toBe(202)
  })

  test('a server that answers slowly at every hop is given up when the whole time is over', async () => {
    const slowly = (location: string) => (_request: IncomingMessage, response: ServerResponse) =>
      void setTimeout(() => response.writeHead(302, { location }).end(), 250)
    aHost('a.hostile.example', slowly('https://b.hostile.example/'))
    aHost('b.hostile.example', slowly('https://a.hostile.example/'))
    const begun = performance.now()
    const error = await errorOf(get(anOutbound(), 'https://a.hostile.example/', { timeout: 400 }))
    expect(error.code).toBe('no-answer')
    expect(performance.now() - begun).toBeLessThan(20_000)
    expect(asked.length).toBeLessThan(3)
  })

  test('headers that come byte by byte, and a body that does, are given up in time', async () => {
    aHost('headers.hostile.example', ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nx-long: ')
      const drip = setInterval(() => socket.write('a'), 20)
      socket.on('close', () => clearInterval(drip))
    })
    aHost('body.hostile.example', (_request, response) => {
      const drip = setInterval(() => response.write('a'), 20)
      response.on('close', () => clearInterval(drip))
    })
    for (const host of ['headers', 'body']) {
      const begun = performance.now()
      const error = await errorOf(get(anOutbound(), `https://${host}.hostile.example/`, { timeout: 300 }))
      expect(error.code).toBe('no-answer')
      expect(performance.now() - begun).toBeLessThan(20_000)
    }
  })

  test('headers without an end are given up', async () => {
    aHost('a.hostile.example', ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      socket.on('error', () => undefined)
      for (let line = 0; line < 5000 && !socket.destroyed; line += 1) socket.write(`x-${line}: ${'a'.repeat(100)}\r\n`)
    })
    expect(await errorOf(get(anOutbound(), 'https://a.hostile.example/', { timeout: 3000 }))).toMatchObject({
      code: 'no-answer',
    })
  })
})

describe('the list of hosts that may be asked', () => {
  const onlyHosts = ['a.peers.example', '*.gov.example']

  test('a host on the list is asked, and any other is not, whether at first or after a redirect', async () => {
    aHost('a.peers.example', (request, response) =>
      request.url === '/away' ? sends('https://b.peers.example/')(request, response) : says('x')(request, response),
    )
    const outbound = anOutbound({ onlyHosts })
    expect((await get(outbound, 'https://a.peers.example/')).status).toBe(200)
    const error = await errorOf(get(outbound, 'https://b.peers.example/'))
    expect(error.message).toBe(
      'b.peers.example is not among the hosts that this node may ask. Add it to SIDEWAYS_EGRESS_ALLOW to allow it',
    )
    expect(await errorOf(get(outbound, 'https://a.peers.example/away'))).toMatchObject({ code: 'host-not-allowed' })
    expect(internet.lookedUp.filter((name) => name !== 'a.peers.example')).toEqual([])
  })

  test.each([
    ['a.peers.example', true],
    ['A.Peers.Example.', true],
    ['x.a.peers.example', false],
    ['peers.example', false],
    ['leeds.gov.example', true],
    ['a.b.gov.example', true],
    ['gov.example', false],
    ['evilgov.example', false],
    ['gov.example.hostile.example', false],
  ])('%s: %s', (host, expected) => expect(isAllowedHost(host, onlyHosts)).toBe(expected))

  test('without a list every host may be asked', () => expect(isAllowedHost('anything.example', [])).toBe(true))
})

describe('a proxy', () => {
  const throughProxy = (
    settings: Partial<OutboundSettings> = {},
    more: { user?: string; lookup?: 'here' | 'proxy' } = {},
  ) =>
    anOutbound({
      proxy: {
        url: more.user === undefined ? proxy.url : proxy.url.replace('//', `//${more.user}@`),
        lookup: more.lookup ?? 'here',
      },
      ...settings,
    })

  test('every host is reached by CONNECT, the name as it is, and TLS is between us and that host', async () => {
    aHost('a.peers.example', says('hello'))
    const answer = await get(throughProxy(), 'https://a.peers.example/x')
    expect(answer.body.toString()).toBe('hello')
    expect(proxy.asked).toEqual([{ target: 'a.peers.example:443', authorization: undefined }])
    expect(internet.dialled).toEqual([])
  })

  test('user and password go to the proxy alone, and into no error', async () => {
    aHost('a.peers.example', says('hello'))
    const outbound = throughProxy({}, { user: 'north:s%40cret' })
    await get(outbound, 'https://a.peers.example/x')
    expect(proxy.asked[0]?.authorization).toBe(`Basic ${Buffer.from('north:s@cret').toString('base64')}`)
    expect(asked[0]?.headers).not.toHaveProperty('proxy-authorization')
    proxy.refuses = 407
    const error = await errorOf(get(outbound, 'https://b.peers.example/x'))
    expect(error.message).toBe('the proxy of HTTPS_PROXY answered 407 for b.peers.example')
    await proxy.close()
    const gone = await errorOf(get(outbound, 'https://c.peers.example/x'))
    expect(JSON.stringify([gone.message, String(gone.cause), gone.stack])).not.toMatch(/cret|north:/)
    proxy = await aProxy(internet)
  })

  test.each([403, 502, 'hang-up', 'silence'] as const)('a proxy that says %s is no answer, once', async (refuses) => {
    proxy.refuses = refuses
    const begun = performance.now()
    const error = await errorOf(get(throughProxy(), 'https://a.peers.example/x', { timeout: 500 }))
    expect(error.code).toBe('no-answer')
    expect(performance.now() - begun).toBeLessThan(20_000)
    expect(proxy.asked).toHaveLength(1)
  })

  test('a name with a private address is not handed to the proxy, even if another of its addresses is public', async () => {
    internet.names.set('inside.hostile.example', [['10.0.0.8']])
    internet.names.set('half.hostile.example', [['5.5.5.5', '10.0.0.8']])
    aHost('a.hostile.example', sends('https://inside.hostile.example/'))
    for (const host of ['inside', 'half', 'a']) {
      const error = await errorOf(get(throughProxy(), `https://${host}.hostile.example/`))
      expect(error.code).toBe('address-refused')
    }
    expect(await errorOf(get(throughProxy(), 'https://127.0.0.1/'))).toMatchObject({ code: 'address-refused' })
    expect(proxy.asked.map(({ target }) => target)).toEqual(['a.hostile.example:443'])
  })

  test('a name that cannot be looked up here is refused, and the error names the setting', async () => {
    internet.names.set('unknown.peers.example', [[]])
    const error = await errorOf(get(throughProxy(), 'https://unknown.peers.example/'))
    expect(error.message).toContain('SIDEWAYS_PROXY_LOOKUP')
    expect(proxy.asked).toEqual([])
  })

  test('where only the proxy looks names up, the list of hosts says what is asked, and nothing is looked up here', async () => {
    internet.names.set('a.peers.example', [[]])
    aHost('a.peers.example', says('hello'))
    const outbound = throughProxy({ onlyHosts: ['a.peers.example'] }, { lookup: 'proxy' })
    expect((await get(outbound, 'https://a.peers.example/')).body.toString()).toBe('hello')
    expect(await errorOf(get(outbound, 'https://b.hostile.example/'))).toMatchObject({ code: 'host-not-allowed' })
    expect(await errorOf(get(outbound, 'https://127.0.0.1/'))).toMatchObject({ code: 'host-not-allowed' })
    expect(internet.lookedUp).toEqual([])
    expect(proxy.asked.map(({ target }) => target)).toEqual(['a.peers.example:443'])
  })

  test('a host of NO_PROXY is asked directly, its address checked as ever', async () => {
    aHost('a.peers.example', says('hello'))
    internet.names.set('inside.peers.example', [['10.0.0.8']])
    const outbound = throughProxy({ noProxy: ['peers.example'] })
    await get(outbound, 'https://a.peers.example/')
    expect(await errorOf(get(outbound, 'https://inside.peers.example/'))).toMatchObject({ code: 'address-refused' })
    expect([proxy.asked, internet.dialled]).toEqual([[], ['5.5.5.5']])
  })

  test.each([
    ['*', 'a.example', true],
    ['example.org', 'example.org', true],
    ['example.org', 'a.example.org', true],
    ['.example.org', 'a.example.org', true],
    ['*.example.org', 'a.example.org', true],
    ['example.org', 'notexample.org', false],
    ['example.org:443', 'example.org', true],
    ['example.org:8443', 'example.org', false],
    ['5.5.5.5', '5.5.5.5', true],
    ['5.5.0.0/16', '5.5.5.5', true],
    ['5.6.0.0/16', '5.5.5.5', false],
    ['2a00::/16', '[2a00::1]', true],
    ['2a00::1', '[2a00::1]', true],
    ['5.5.0.0/99', '5.5.5.5', false],
    ['5.5.0.0/16', 'a.example', false],
    ['', 'a.example', false],
    ['.', 'a.example', false],
  ])('NO_PROXY=%s and %s: %s', (entry, host, expected) => expect(bypassesProxy(host, [entry])).toBe(expected))
})
