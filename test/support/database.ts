import { randomBytes } from 'node:crypto'
import pg from 'pg'

const made: string[] = []

/** What uses the databases of this test file, and ends before they do. */
export const usersOfDatabases: (() => Promise<void>)[] = []

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env['SIDEWAYS_TEST_SERVER'] })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** The address of a new, migrated, empty database. Dropped after the test file. */
export async function freshDatabase(): Promise<string> {
  const name = `sideways_test_${randomBytes(6).toString('hex')}`
  await onServer(`create database ${name} template ${process.env['SIDEWAYS_TEST_TEMPLATE']} strategy file_copy`)
  made.push(name)
  const url = new URL(process.env['SIDEWAYS_TEST_SERVER'] ?? '')
  url.pathname = `/${name}`
  return url.href
}

/** The address of a database without a single table. */
export async function emptyDatabase(): Promise<string> {
  const name = `sideways_test_${randomBytes(6).toString('hex')}`
  await onServer(`create database ${name}`)
  made.push(name)
  const url = new URL(process.env['SIDEWAYS_TEST_SERVER'] ?? '')
  url.pathname = `/${name}`
  return url.href
}

afterAll(async () => {
  for (const end of usersOfDatabases.splice(0).toReversed()) await end()
  for (const name of made.splice(0)) await onServer(`drop database if exists ${name} with (force)`)
})
