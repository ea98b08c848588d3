import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import {
  createOutbound,
  isPublicAddress,
  OutboundError,
  redirectTarget,
  type Outbound,
} from '../../src/common/outbound.ts'

const open: { close(): unknown }[] = []
afterAll(async () => {
  for (const one of open.toReversed()) await one.close()
})

function anOutbound(allowPrivateAddresses: boolean): Outbound {
  const outbound = createOutbound({ allowPrivateAddresses, userAgent: 'Sideways/test' })
  open.push(outbound)
  return outbound
}

const strict = anOutbound(false)
const lenient = anOutbound(true)

type Place = { readonly origin: string; readonly asked: IncomingMessage[]; readonly connections: () => number }

async function aServer(answer: RequestListener, port = 0): Promise<Place> {
  const asked: IncomingMessage[] = []
  let connections = 0
  const server: Server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  server.on('connection', () => (connections += 1))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  open.push({
    close: () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, connections: () => connections }
}

async function codeOf(answer: Promise<unknown>): Promise<string> {
  try {
    await answer
  } catch (error) {
    if (error instanceof OutboundError) return error.code
    throw error
  }
  return 'answered'
}

test('an answer comes back with its status, headers, address and bytes, asked in our name', async () => {
  const place = await aServer((_request, response) => response.writeHead(404, { 'x-one': ['a', 'b'] }).end('né'))
  const answer = await lenient.fetch(new Request(`${place.origin}/x?y=1`, { headers: { accept: 'application/json' } }))
  expect(answer).toMatchObject({ status: 404, url: `${place.origin}/x?y=1`, body: Buffer.from('né') })
  expect(answer.headers.get('x-one')).toBe('a, b')
  expect(place.asked[0]?.headers).toMatchObject({ accept: 'application/json', 'user-agent': 'Sideways/test' })
})

test('a posted body arrives as it was given', async () => {
  const bodies: string[] = []
  const place = await aServer((request, response) => {
    request
      .setEncoding('utf8')
      .on('data', (part: string) => bodies.push(part))
      .on('end', () => response.writeHead(202).end())
  })
  const answer = await lenient.fetch(new Request(place.origin, { method: 'POST', body: '{"a":"ŵ"}' }))
  expect([answer.status, bodies.join('')]).toEqual([202, '{"a":"ŵ"}'])
})

test.each([
  'https://127.0.0.1/',
  'https://10.1.2.3/',
  'https://192.168.0.1/',
  'https://172.31.255.255/',
  'https://169.254.169.254/latest/meta-data/',
  'https://100.64.0.1/',
  'https://0.0.0.0/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://127.1/',
  'https://127.0.0.1./',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:8.8.8.8]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[fe80::1]/',
  'https://[fd00::1]/',
  'https://[2002:7f00:1::]/',
])('%s is refused before any connection', async (address) => {
  expect(await codeOf(strict.fetch(new Request(address)))).toBe('address-refused')
})

test.each(['https://localhost/', 'https://localhost./', 'https://anything.localhost/'])(
  '%s is refused, since its name leads to this machine',
  async (address) => {
    expect(['address-refused', 'no-answer']).toContain(await codeOf(strict.fetch(new Request(address))))
  },
)

test('a name that leads to this machine is refused for that, not for want of a server', async () => {
  const refused = strict.fetch(new Request('https://localhost/'))
  await expect(refused).rejects.toMatchObject({ code: 'address-refused', message: 'localhost has no public address' })
})

test('http and other ports are refused, and nothing is asked', async () => {
  const place = await aServer((_request, response) => response.end('secret'))
  for (const address of [
    place.origin,
    place.origin.replace('127.0.0.1', 'localhost'),
    'http://peers.example/',
    'https://peers.example:8443/',
  ]) {
    expect(await codeOf(strict.fetch(new Request(address)))).toBe('address-refused')
  }
  expect(place.connections()).toBe(0)
})

test.each([false, true])(
  'what is neither http nor https is refused (private addresses allowed: %s)',
  (allowPrivateAddresses) => {
    const from = new URL('https://peers.example/')
    for (const location of [
      'ftp://peers.example/',
      'file:///etc/passwd',
      'data:text/plain,x',
      'javascript:1',
      'https://me:secret@peers.example/',
    ]) {
      expect(() => redirectTarget(from, location, { allowPrivateAddresses, userAgent: '' })).toThrow(OutboundError)
    }
  },
)

test('an answer larger than the limit is cut off while it streams', async () => {
  let sent = 0
  const place = await aServer((_request, response) => {
    const more = (): void => {
      while (!response.destroyed && sent < 50_000_000) {
        sent += 16_384
        if (!response.write(Buffer.alloc(16_384))) break
      }
    }
    response.on('drain', more)
    more()
  })
  expect(await codeOf(lenient.fetch(new Request(place.origin), { maxBytes: 100_000 }))).toBe('too-large')
  expect(sent).toBeLessThan(20_000_000)
})

test('an answer of exactly the limit is taken', async () => {
  const place = await aServer((_request, response) => response.end(Buffer.alloc(1000)))
  expect((await lenient.fetch(new Request(place.origin), { maxBytes: 1000 })).body).toHaveLength(1000)
  expect(await codeOf(lenient.fetch(new Request(place.origin), { maxBytes: 999 }))).toBe('too-large')
})

test('without another limit an answer is at most one mebibyte', async () => {
  const place = await aServer((_request, response) => response.end(Buffer.alloc(1024 * 1024 + 1)))
  expect(await codeOf(lenient.fetch(new Request(place.origin)))).toBe('too-large')
})

test('a server that never answers, and one that drips for ever, are given up in time', async () => {
  const silent = await aServer(() => undefined)
  const dripping = await aServer((_request, response) => {
    const drip = setInterval(() => response.write('.'), 20)
    response.on('close', () => clearInterval(drip))
  })
  for (const place of [silent, dripping]) {
    const begun = performance.now()
    expect(await codeOf(lenient.fetch(new Request(place.origin), { timeout: 300 }))).toBe('no-answer')
    expect(performance.now() - begun).toBeLessThan(20_000)
  }
})

test('a server that hangs up, or is not there, is no answer', async () => {
  const place = await aServer((request) => request.socket.destroy())
  expect(await codeOf(lenient.fetch(new Request(place.origin)))).toBe('no-answer')
  expect(await codeOf(lenient.fetch(new Request('http://127.0.0.1:9/')))).toBe('no-answer')
})

test('redirects are followed up to the limit, each hop signed for its own target', async () => {
  const place = await aServer((request, response) => {
    const left = Number(request.url?.slice(1))
    if (left === 0) response.end('there')
    else response.writeHead(302, { location: `/${left - 1}` }).end()
  })
  const signed: string[] = []
  const sign = async (request: Request): Promise<Request> => {
    signed.push(request.url)
    const headers = new Headers(request.headers)
    headers.set('signature', `for ${request.url}`)
    return new Request(request, { headers })
  }
  const answer = await lenient.fetch(new Request(`${place.origin}/3`), { sign })
  expect([answer.url, answer.body.toString()]).toEqual([`${place.origin}/0`, 'there'])
  expect(signed).toEqual(['/3', '/2', '/1', '/0'].map((path) => `${place.origin}${path}`))
  expect(place.asked.map((request) => request.headers['signature'])).toEqual(signed.map((url) => `for ${url}`))
  expect(await codeOf(lenient.fetch(new Request(`${place.origin}/4`)))).toBe('too-many-redirects')
  expect(await codeOf(lenient.fetch(new Request(`${place.origin}/1`), { redirects: 0 }))).toBe('too-many-redirects')
})

test('a post is not sent on', async () => {
  const place = await aServer((_request, response) => response.writeHead(307, { location: '/other' }).end())
  expect((await lenient.fetch(new Request(place.origin, { method: 'POST', body: 'x' }))).status).toBe(307)
  expect(place.asked).toHaveLength(1)
})

test('a redirect to another host is refused where the host must stay', async () => {
  const other = await aServer((_request, response) => response.end('other'))
  const place = await aServer((_request, response) => response.writeHead(302, { location: other.origin }).end())
  expect(await codeOf(lenient.fetch(new Request(place.origin), { stayOnHost: true }))).toBe('left-the-host')
  expect(other.connections()).toBe(0)
  expect((await lenient.fetch(new Request(place.origin))).body.toString()).toBe('other')
})

test('a redirect to what is not an address is no answer', async () => {
  const place = await aServer((_request, response) => response.writeHead(302, { location: 'http://[' }).end())
  expect(await codeOf(lenient.fetch(new Request(place.origin)))).toBe('no-answer')
})

test('a redirect to a private address, to http or to another port is refused', () => {
  const from = new URL('https://peers.example/a')
  const settings = { allowPrivateAddresses: false, userAgent: '' }
  for (const location of [
    'https://127.0.0.1/',
    '//[::1]/',
    'https://2130706433/',
    'http://peers.example/a',
    'https://peers.example:8443/',
  ]) {
    expect(() => redirectTarget(from, location, settings)).toThrow(expect.objectContaining({ code: 'address-refused' }))
  }
  expect(redirectTarget(from, '/b', settings).href).toBe('https://peers.example/b')
})

const byte = fc.nat(255)
const four = (range: readonly [number, number, number]): fc.Arbitrary<string> =>
  fc
    .tuple(byte, fc.constantFrom(...span(range[1], range[2])), byte, byte)
    .map(([, second, third, last]) => [range[0], second, third, last].join('.'))
const span = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)
const reservedFours = [
  [0, 0, 255],
  [10, 0, 255],
  [100, 64, 127],
  [127, 0, 255],
  [169, 254, 254],
  [172, 16, 31],
  [192, 168, 168],
  [198, 18, 19],
  ...span(224, 255).map((first): [number, number, number] => [first, 0, 255]),
] as const

test('no address of a reserved IPv4 range is public, nor is its IPv6 form', () => {
  fc.assert(
    fc.property(fc.constantFrom(...reservedFours).chain(four), (address) => {
      expect([
        isPublicAddress(address),
        isPublicAddress(`::ffff:${address}`),
        isPublicAddress(`64:ff9b::${address}`),
        isPublicAddress(`::${address}`),
      ]).toEqual([false, false, false, false])
    }),
    { numRuns: 2000 },
  )
})

test('no IPv6 address outside 2000::/3 is public, and none of the reserved ones in it', () => {
  const group = fc.nat(0xffff)
  const rest = fc.array(group, { minLength: 7, maxLength: 7 })
  const outside = group.filter((first) => first >> 13 !== 1)
  const heads = fc.oneof(
    fc.tuple(outside, rest).map(([first, others]) => [first, ...others]),
    fc.tuple(fc.nat(0x1ff), rest).map(([second, others]) => [0x2001, second, ...others.slice(1)]),
    rest.map((others) => [0x2001, 0xdb8, ...others.slice(1)]),
    rest.map((others) => [0x2002, ...others]),
    fc.tuple(fc.nat(0xfff), rest).map(([second, others]) => [0x3fff, second, ...others.slice(1)]),
  )
  fc.assert(
    fc.property(heads, (groups) => {
      const address = groups.map((part) => part.toString(16)).join(':')
      expect([address, isPublicAddress(address)]).toEqual([address, false])
    }),
    { numRuns: 2000 },
  )
})

test('whatever is not an address is not a public one', () => {
  fc.assert(
    fc.property(fc.string(), (text) => fc.pre(!/^[\d.:a-f]+$/i.test(text)) === undefined && !isPublicAddress(text)),
  )
  expect(['fe80::1%eth0', '2a00::1%eth0', '1.2.3', '1.2.3.4.5', ''].filter(isPublicAddress)).toEqual([])
})

test.each([
  '8.8.8.8',
  '1.1.1.1',
  '172.15.0.1',
  '172.32.0.1',
  '100.128.0.1',
  '192.0.1.1',
  '223.255.255.255',
  '2a00:1450:4009::1',
  '2606:4700::1111',
  '2001:4860:4860::8888',
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})
