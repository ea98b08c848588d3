// The baseline of `fanout`: a loop that signs a body for each inbox and POSTs it over connections that are kept. Nothing is stored.
//   node bench/bare-fanout.ts <file with the key, the inboxes and how many at once>
import { createHash, createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent, request } from 'undici'

// Our own file.
const { jwk, keyId, inboxes, atOnce } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as {
  readonly jwk: object
  readonly keyId: string
  readonly inboxes: readonly string[]
  readonly atOnce: number
}
const key = createPrivateKey({ key: { ...jwk }, format: 'jwk' })
const agent = new Agent({ connections: 20, pipelining: 1, keepAliveTimeout: 4_000 })

async function post(inbox: string, body: string, digest: string): Promise<void> {
  const { host, pathname } = new URL(inbox)
  const date = new Date().toUTCString()
  const type = 'application/activity+json'
  const text = `(request-target): post ${pathname}\nhost: ${host}\ndate: ${date}\ndigest: ${digest}\ncontent-type: ${type}`
  const signature = sign('sha256', Buffer.from(text), key).toString('base64')
  const answer = await request(inbox, {
    dispatcher: agent,
    method: 'POST',
    headers: {
      host,
      date,
      digest,
      'content-type': type,
      accept: type,
      signature: `keyId="${keyId}",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature="${signature}"`,
    },
    body,
  })
  await answer.body.dump()
  if (answer.statusCode !== 202) throw new Error(`${inbox} answered ${answer.statusCode}`)
}

async function sendAll(body: string): Promise<number> {
  const begin = performance.now()
  const digest = `SHA-256=${createHash('sha256').update(body).digest('base64')}`
  let next = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let inbox = inboxes[next++]; inbox !== undefined; inbox = inboxes[next++]) await post(inbox, body, digest)
    }),
  )
  return (performance.now() - begin) / 1000
}

const server = createServer((asked, response) => {
  const parts: Buffer[] = []
  asked.on('data', (part: Buffer) => parts.push(part))
  asked.on('end', () => {
    sendAll(Buffer.concat(parts).toString('utf8')).then(
      (seconds) => response.end(JSON.stringify({ seconds })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
})
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(event, () => process.exit())
