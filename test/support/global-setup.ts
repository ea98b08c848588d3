import { chmod, mkdtemp } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { migrateQueue } from '../../src/jobs/worker.ts'

declare global {
  // Handed from Jest's global setup to its global teardown, in one process.
  var sidewaysTestServer: { embedded: EmbeddedPostgres | undefined; folder: string | undefined } | undefined
}

/** One Postgres for all test files (or TEST_DATABASE_URL), with a migrated database to copy. */
export default async function setUp(): Promise<void> {
  const given = process.env['TEST_DATABASE_URL']
  let embedded: EmbeddedPostgres | undefined
  let folder: string | undefined
  if (given === undefined) {
    const ram = '/dev/shm'
    folder = await mkdtemp(join(existsSync(ram) ? ram : tmpdir(), 'sideways-test-'))
    await chmod(folder, 0o755) // as root, PostgreSQL runs as another user, who must get in
    embedded = await startEmbeddedPostgres({
      folder,
      settings: {
        fsync: 'off',
        synchronous_commit: 'off',
        full_page_writes: 'off',
        max_connections: '200',
        shared_buffers: '128MB',
        file_copy_method: 'copy',
      },
    })
  }
  const url = given ?? embedded?.url ?? ''
  const template = `sideways_template_${process.pid}`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`create database ${template}`)
  await client.end()
  const templateUrl = new URL(url)
  templateUrl.pathname = `/${template}`
  await migrate(templateUrl.href, migrateQueue)
  process.env['SIDEWAYS_TEST_SERVER'] = url
  process.env['SIDEWAYS_TEST_TEMPLATE'] = template
  globalThis.sidewaysTestServer = { embedded, folder }
}
