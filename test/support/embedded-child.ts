// A process that holds an embedded PostgreSQL until it is killed, or stops it when told to on standard input.
import { startEmbeddedPostgres } from '../../src/database/embedded.ts'

const fast = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
const postgres = await startEmbeddedPostgres({ folder: process.argv[2] ?? '', settings: fast })
console.log(JSON.stringify({ url: postgres.url, port: postgres.port }))
process.stdin.once('data', () => {
  void postgres.stop().then(() => process.exit(0))
})
