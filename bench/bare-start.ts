// The baseline of `start`: Express and the same embedded PostgreSQL, and a first page that asked it something.
//   node bin/run.mjs bench/bare-start.ts <data folder> <port>
import { enableCompileCache } from 'node:module'

enableCompileCache()
const [{ default: express }, { default: pg }, { startEmbeddedPostgres }] = await Promise.all([
  import('express'),
  import('pg'),
  import('../src/database/embedded.ts'),
])
const [folder = '', port = ''] = process.argv.slice(2)
const postgres = await startEmbeddedPostgres({ folder })
const pool = new pg.Pool({ connectionString: postgres.url })
const server = express()
server.get('/', async (_request, response) => {
  await pool.query('select 1')
  response.send('<!doctype html><title>Hello</title><h1>Hello</h1>')
})
const http = server.listen(Number(port), '127.0.0.1')

let stopping: Promise<void> | undefined
async function stop(): Promise<void> {
  http.close()
  http.closeAllConnections()
  await pool.end()
  await postgres.stop()
  process.exit()
}
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(event, () => void (stopping ??= stop()))
