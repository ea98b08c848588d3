import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as files from 'node:fs/promises'
import { join } from 'node:path'
import type { Binaries } from './embedded-binaries.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { give, holdsCluster, notWritable } from './embedded-place.ts'
import type { Place } from './embedded-place.ts'
import { as } from './embedded-user.ts'
import type { SystemUser } from './embedded-user.ts'

/** The name of the first database user, who may do everything. */
export const superuser = 'sideways'

/**
 * Makes the cluster and its password if there is none; else checks that these binaries can run it. Gives the
 * password, which only the database's user and root can read. `sync` false: a power cut may spoil a new cluster.
 */
export async function prepareCluster(place: Place, binaries: Binaries, sync: boolean): Promise<string> {
  if (!(await holdsCluster(place.home))) await makeCluster(place, binaries, sync)
  const found = (await files.readFile(join(place.home, 'data', 'PG_VERSION'), 'utf8')).trim()
  if (found !== binaries.major) throw wrongVersion(place.home, found, binaries.major)
  return await readPassword(join(place.home, 'data', 'sideways-password'))
}

// Making a cluster takes most of a second. It appears under its name complete or not at all, so that neither a
// kill -9 half-way nor a second process doing the same leaves half of one.
async function makeCluster({ home, user }: Place, binaries: Binaries, sync: boolean): Promise<void> {
  try {
    await sweep(home)
    const making = await files.mkdtemp(join(home, 'making-'))
    const password = join(making, 'password')
    await files.writeFile(password, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 })
    await give(making, user)
    await initdb(making, user, binaries, sync)
    await files.rename(password, join(making, 'data', 'sideways-password'))
    await files.rename(join(making, 'data'), join(home, 'data')).catch(async (error: unknown) => {
      if (!(await holdsCluster(home))) throw error
    })
    await files.rm(making, { recursive: true, force: true })
  } catch (cause) {
    throw cause instanceof EmbeddedPostgresError ? cause : notWritable(home, cause)
  }
}

// What is a letter and what a dash, by which full-text search and pg_trgm split words, comes from the system's
// LC_CTYPE even with the builtin provider. Under plain C every dash, quote and ellipsis that is not ASCII counts as
// a letter ("fine”—yes" is one word), so C is only the last resort.
const characterClasses = ['C.UTF-8', 'en_US.UTF-8', 'C']

async function initdb(making: string, user: SystemUser | undefined, binaries: Binaries, sync: boolean): Promise<void> {
  let complaint = ''
  for (const locale of characterClasses) {
    complaint = await run(binaries.initdb, initdbOptions(making, locale, sync), user)
    if (complaint === '') return
    if (!complaint.includes('invalid locale name')) break
  }
  await files.rm(making, { recursive: true, force: true })
  throw new EmbeddedPostgresError('did-not-start', `PostgreSQL could not make its files in ${making}:\n${complaint}`)
}

function initdbOptions(making: string, characters: string, sync: boolean): string[] {
  return [
    `--pgdata=${join(making, 'data')}`,
    `--username=${superuser}`,
    `--pwfile=${join(making, 'password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    `--lc-ctype=${characters}`,
    '--no-instructions',
    ...(sync ? [] : ['--no-sync']),
  ]
}

// Our environment is not passed on: it holds secrets, and PG… variables that would change what is made.
function run(program: string, options: string[], user: SystemUser | undefined): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, options, { ...as(user), cwd: '/', env: { LC_ALL: 'C' } }, (error, _, stderr) => {
      resolve(error === null ? '' : stderr.trim().split('\n').slice(-5).join('\n') || error.message)
    })
  })
}

async function readPassword(path: string): Promise<string> {
  try {
    return (await files.readFile(path, 'utf8')).trim()
  } catch (cause) {
    const message = `The password of the database cannot be read from ${path}: ${(cause as Error).message}.`
    throw new EmbeddedPostgresError('did-not-start', message, { cause })
  }
}

function wrongVersion(home: string, found: string, ours: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'wrong-version',
    `The database in ${home} was made by PostgreSQL ${found}, and this is PostgreSQL ${ours}, which cannot read it. ` +
      'Start it with the version of Sideways that you had. To carry the data over, run pg_dump of PostgreSQL ' +
      `${found} while that version runs, and restore into a PostgreSQL of your own, which DATABASE_URL names ` +
      '(docs/running.md). Or move the folder away to begin with an empty database.',
  )
}

// Leftovers of starts that were killed half-way. After ten minutes nobody is still busy with one.
async function sweep(home: string): Promise<void> {
  for (const name of await files.readdir(home)) {
    if (!name.startsWith('making-')) continue
    const stat = await files.stat(join(home, name)).catch(() => undefined)
    if (stat && Date.now() - stat.mtimeMs > 600_000) await files.rm(join(home, name), { recursive: true, force: true })
  }
}
