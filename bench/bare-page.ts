// The baseline of `page`: the same Express, one page of constant text, sent as our pages are (with its length and ETag).
//   node bench/bare-page.ts <file with the page>
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import express from 'express'

const text = readFileSync(process.argv[2] ?? '', 'utf8')
const server = express()
server.disable('x-powered-by')
server.get('/directory', (_request, response) => {
  response.type('html').send(text)
})
const http = server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }))
})
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(event, () => process.exit())
