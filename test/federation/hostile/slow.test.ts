import { connect, type Socket } from 'node:net'
import { aScene, tell, type Scene } from './scene.ts'
import { anActivity, post } from './signing.ts'

let scene: Scene
const open: Socket[] = []

beforeAll(async () => {
  scene = await aScene()
})
afterAll(async () => {
  for (const socket of open) socket.destroy()
  await scene.close()
})

type Ending = { readonly seconds: number; readonly answer: string }

/** Begins with `first`, goes on with `piece` ten times a second, and tells when and how that ended. */
function slow(first: string, piece: string): Promise<Ending> {
  const begun = performance.now()
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(scene.node.url).port), '127.0.0.1')
    open.push(socket)
    let answer = ''
    const drip = setInterval(() => socket.writable && piece !== '' && socket.write(piece), 100)
    const end = (): void => {
      clearInterval(drip)
      resolve({ seconds: (performance.now() - begun) / 1000, answer: answer.slice(0, 12) })
    }
    socket.on('data', (part) => (answer += part.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', end)
    socket.write(first)
  })
}

test('whoever sends slowly is cut off in time, and others are served meanwhile', async () => {
  const inbox = `POST /ap/inbox HTTP/1.1\r\nhost: x\r\ncontent-type: application/activity+json\r\nsignature: keyId="https://mallory.example/users/mallory#main-key",headers="(request-target) host date digest",signature="AAAA"\r\n`
  const kinds: readonly (readonly [string, string])[] = [
    ['P', ''],
    ['POST /ap/inbox HTTP/1.1\r\n', 'x'],
    [inbox, 'x-more: y\r\n'],
    [`${inbox}content-length: 200000\r\n\r\n{`, ' '],
    [`${inbox}content-length: 200000\r\n\r\n{`, ''],
    [`${inbox}transfer-encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
    ['GET /directory HTTP/1.1\r\nhost: x\r\n', 'cookie: a=b\r\n'],
    [
      'POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 60000\r\n\r\n',
      'a',
    ],
  ]
  const endings = kinds.flatMap((kind) => Array.from({ length: 25 }, () => slow(...kind)))
  tell(`${endings.length} slow senders of ${kinds.length} kinds`)
  const begun = performance.now()
  expect((await post(scene, { body: anActivity(scene) })).status).toBe(202)
  expect(performance.now() - begun).toBeLessThan(60_000)
  for (const { seconds, answer } of await Promise.all(endings)) {
    expect(seconds).toBeLessThan(90)
    expect(['', 'HTTP/1.1 400', 'HTTP/1.1 408', 'HTTP/1.1 401', 'HTTP/1.1 403', 'HTTP/1.1 431']).toContain(answer)
  }
  await scene.quiet()
  expect((await scene.counts()).get('follower')).toBe(1)
  expect(scene.connected()).toEqual([])
}, 60_000)
