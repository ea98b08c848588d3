import { rm } from 'node:fs/promises'
import pg from 'pg'

export default async function tearDown(): Promise<void> {
  const kept = globalThis.sidewaysTestServer
  if (kept?.embedded) await kept.embedded.stop()
  else {
    const client = new pg.Client({ connectionString: process.env['SIDEWAYS_TEST_SERVER'] })
    await client.connect()
    await client.query(`drop database if exists ${process.env['SIDEWAYS_TEST_TEMPLATE']} with (force)`)
    await client.end()
  }
  if (kept?.folder) await rm(kept.folder, { recursive: true, force: true })
}
