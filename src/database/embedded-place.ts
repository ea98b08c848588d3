import { createHash } from 'node:crypto'
import * as files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { canEnter, userForPostgres } from './embedded-user.ts'
import type { SystemUser } from './embedded-user.ts'

/** Where a database lives and whom it runs as. The cluster and its password are in `<home>/data`. */
export type Place = { readonly home: string; readonly user: SystemUser | undefined }

/**
 * Decides where the database of `folder` lives, and makes that folder: `<folder>/postgres`. Only for root, if the
 * user that PostgreSQL then runs as cannot get there (a project below /root): /var/lib/sideways-<hash>/postgres, or
 * the same below the system's folder for temporary files, with a symlink from `<folder>/postgres`. A database that
 * exists is never left behind for a new one.
 */
export async function choosePlace(folder: string, log: (line: string) => void): Promise<Place> {
  const base = await makeBase(folder)
  const home = join(base, 'postgres')
  const stat = await files.lstat(home).catch(() => undefined)
  if (stat?.isSymbolicLink()) return await existingPlace(await followLink(home), log)
  if (await holdsCluster(home)) return await existingPlace(home, log)

  const user = userForPostgres()
  if (canEnter(user, base)) return await newPlace(home, user)
  const elsewhere = join(await makeElsewhere(base), 'postgres')
  log(
    `PostgreSQL does not run as root, and user ${user?.name}, whom it runs as instead, cannot enter ${base}. ` +
      `It keeps its files in ${elsewhere}.`,
  )
  const place = (await holdsCluster(elsewhere)) ? await existingPlace(elsewhere, log) : await newPlace(elsewhere, user)
  await linkTo(elsewhere, home)
  return place
}

/** Whether there is a finished cluster. False too if we may not look. */
export function holdsCluster(home: string): Promise<boolean> {
  return files.access(join(home, 'data', 'PG_VERSION')).then(
    () => true,
    () => false,
  )
}

/** Gives a folder and all in it to that user; nothing to do without one. */
export async function give(path: string, user: SystemUser | undefined): Promise<void> {
  if (user === undefined) return
  await files.lchown(path, user.uid, user.gid)
  const entries = await files.readdir(path, { withFileTypes: true, recursive: true })
  for (const entry of entries) await files.lchown(join(entry.parentPath, entry.name), user.uid, user.gid)
}

/** The error for a folder that cannot be written. */
export function notWritable(folder: string, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'folder-not-writable',
    `The database needs the folder ${folder}, and it cannot be written: ${(cause as Error).message}. ` +
      'Check that it is a folder, whom it belongs to and that the disk has room, or choose another one.',
    { cause },
  )
}

async function newPlace(home: string, user: SystemUser | undefined): Promise<Place> {
  try {
    await makeFolder(home, 0o700)
    await files.access(home, files.constants.W_OK)
    if (user !== undefined) await files.chown(home, user.uid, user.gid)
    return { home, user }
  } catch (cause) {
    throw notWritable(home, cause)
  }
}

// A cluster's files must belong to whom the server runs as: keep to the user who has them.
async function existingPlace(path: string, log: (line: string) => void): Promise<Place> {
  const home = await files.realpath(path)
  const owner = await files.stat(join(home, 'data'))
  const we = process.getuid?.()
  if (we !== 0) {
    if (we === undefined || owner.uid === we) return { home, user: undefined }
    throw new EmbeddedPostgresError(
      'folder-not-writable',
      `The database in ${home} belongs to user number ${owner.uid}, and you are number ${we}. Start Sideways as that ` +
        'user (or as root, if root made it), or give the folder to yourself with chown -R.',
    )
  }
  const user = owner.uid === 0 ? userForPostgres() : { name: `number ${owner.uid}`, uid: owner.uid, gid: owner.gid }
  if (owner.uid === 0) {
    log(`Giving the files in ${home} to user ${user?.name}, because PostgreSQL does not run as root.`)
    await give(home, user)
  }
  if (canEnter(user, join(home, 'data'))) return { home, user }
  throw new EmbeddedPostgresError(
    'folder-not-writable',
    `User ${user?.name}, whom the database in ${home} runs as, cannot enter that folder. ` +
      'Allow it (chmod o+x for each folder above), or move it where that user can go.',
  )
}

// A folder and those above it. Node's own way never ends where a folder is there and takes no new ones, as /proc.
async function makeFolder(path: string, mode?: number): Promise<void> {
  try {
    await files.mkdir(path, mode)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException // of the system call
    if (code === 'EEXIST' && (await isFolder(path))) return
    if (code !== 'ENOENT' || (await isFolder(dirname(path)))) throw error
    await makeFolder(dirname(path))
    await makeFolder(path, mode)
  }
}

function isFolder(path: string): Promise<boolean> {
  return files.stat(path).then(
    (stat) => stat.isDirectory(),
    () => false,
  )
}

async function makeBase(folder: string): Promise<string> {
  try {
    await makeFolder(folder)
    await files.access(folder, files.constants.W_OK)
    return await files.realpath(folder)
  } catch (cause) {
    throw notWritable(folder, cause)
  }
}

async function makeElsewhere(base: string): Promise<string> {
  const name = `sideways-${createHash('sha256').update(base).digest('hex').slice(0, 12)}`
  let problem: unknown
  for (const parent of ['/var/lib', tmpdir()]) {
    const path = join(parent, name)
    try {
      await makeFolder(path)
      // In /tmp anybody could have made it before us.
      const stat = await files.lstat(path)
      if (!stat.isDirectory() || stat.uid !== 0) throw new Error(`${path} exists and does not belong to root`)
      await files.chmod(path, 0o755)
      return path
    } catch (error) {
      problem = error
    }
  }
  throw notWritable(base, problem)
}

async function followLink(link: string): Promise<string> {
  const target = await files.readlink(link)
  if (await holdsCluster(link)) return link
  throw new EmbeddedPostgresError(
    'folder-not-writable',
    `${link} points to ${target}, and there is no database there, or you may not look at it. ` +
      'Bring it back, or remove the link to begin with an empty database.',
  )
}

async function linkTo(home: string, link: string): Promise<void> {
  await files.symlink(home, link).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}
