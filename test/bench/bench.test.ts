import { spawnSync } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startLoadGenerator, type LoadGenerator } from '../../bench/load.ts'

let server: Server
let load: LoadGenerator
let status = 200
let asked = 0

beforeAll(async () => {
  server = createServer((_request, response) => {
    asked += 1
    response.writeHead(status).end('here')
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  load = startLoadGenerator()
})

afterAll(async () => {
  await load.stop()
  server.closeAllConnections()
  server.close()
})

function task(again: boolean) {
  const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const requests = Array.from(
    { length: 5 },
    (_, number) => ({ method: 'GET', path: `/${number}`, headers: {} }) as const,
  )
  return { to, requests, seconds: again ? 0.2 : 30, again, connections: 2, status: 200 }
}

test('a bench that nobody knows ends with exit code 64 and the names of those there are', () => {
  const run = fileURLToPath(new URL('../../bin/run.mjs', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [run, 'bench/bench.ts', 'speed', '--json'], {
    encoding: 'utf8',
  })
  expect({ status, stdout }).toEqual({ status: 64, stdout: '' })
  for (const name of ['start', 'page', 'inbox', 'poll', 'sync'])
    expect(stderr).toMatch(new RegExp(`^ {2}${name} `, 'm'))
})

test('requests that may be sent once are sent once each, and counted', async () => {
  asked = 0
  const outcome = await load.run(task(false))
  expect({ asked, answered: outcome.answered, bytes: outcome.bytes }).toEqual({ asked: 5, answered: 5, bytes: 20 })
  expect(outcome.latencies).toHaveLength(5)
})

test('requests that may be repeated are repeated until the time is up', async () => {
  expect((await load.run(task(true))).answered).toBeGreaterThan(5)
})

test('a wrong answer is no figure: the bench fails and says what came', async () => {
  status = 500
  await expect(load.run(task(true))).rejects.toThrow(/GET \/\d was answered 500, not 200: here/)
})
