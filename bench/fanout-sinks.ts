// Inboxes of many hosts, each a loopback address of its own, that answer 202 to whatever comes.
//   node bench/fanout-sinks.ts <hosts>
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { sinkAddress } from './fanout-hosts.ts'

const count = Number(process.argv[2])

function aServer(): Server {
  return createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(202).end())
  })
}

let port = 0
for (let host = 0; host < count; host += 1) {
  const server = aServer()
  server.keepAliveTimeout = 30_000
  await once(server.listen(port, sinkAddress(host)), 'listening')
  port = (server.address() as AddressInfo).port // the first one's is everybody's
}
console.log(JSON.stringify({ url: `http://${sinkAddress(0)}:${port}` }))
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(event, () => process.exit())
