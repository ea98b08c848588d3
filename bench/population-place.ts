// Where a bench finds its large directory: in a folder that is kept (`--keep`), or in one that goes when the bench ends.
import { chmod, mkdir } from 'node:fs/promises'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/database/embedded.ts'
import type { Surroundings } from './measure.ts'
import { isPopulated, populate, type Filling } from './population.ts'
import { newFolder } from './programs.ts'

/** A database that holds a population. `filling` says what it took, where it was filled just now. */
export type Place = { readonly url: string; readonly filling?: Filling }

// As somebody would set up PostgreSQL for a directory of a million on a machine of 4 GB; the rest is ordinary and durable.
const settings = { max_connections: '120', shared_buffers: '768MB', max_wal_size: '2GB' }

/** Starts the PostgreSQL whose databases hold populations, and stops it with the bench unless somebody else uses it. */
export async function startPopulations(around: Surroundings): Promise<(size: number, seed?: number) => Promise<Place>> {
  const folder = around.keep ?? (await newFolder(around))
  await mkdir(folder, { recursive: true })
  if (around.keep === undefined) await chmod(folder, 0o755)
  const embedded = await startEmbeddedPostgres({ folder, settings })
  around.atEnd.defer(() => embedded.stop())
  return async (size, seed = 1) => {
    const name = `population_${size}_${seed}`
    const url = embedded.url.replace(/[^/]+$/, name)
    const client = new pg.Client({ connectionString: embedded.url })
    await client.connect()
    try {
      const there = await client.query('select from pg_database where datname = $1', [name])
      if (there.rowCount === 1 && (await isPopulated(url, { size, seed }))) return { url }
      await client.query(`drop database if exists ${name} with (force)`)
      await client.query(`create database ${name}`)
    } finally {
      await client.end()
    }
    around.tell(`${size} listings are filled in`)
    return { url, filling: await populate(url, { size, seed, tell: around.tell }) }
  }
}
