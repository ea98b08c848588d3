import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The system user that PostgreSQL runs as, where that is not the one who started us. */
export type SystemUser = { readonly name: string; readonly uid: number; readonly gid: number }

/** Whom to run PostgreSQL as: nobody else (undefined) unless we are root, whom PostgreSQL refuses. */
export function userForPostgres(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map(toUser)
  const found = users.find((user) => user?.name === 'postgres') ?? users.find((user) => user?.name === 'nobody')
  return found ?? { name: 'nobody', uid: 65534, gid: 65534 }
}

/** Spawn options that run a program as that user, without root's other groups. */
export function as(user: SystemUser | undefined): { uid?: number; gid?: number } {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid }
}

/** Whether that user gets to the folder. Tried, not worked out from modes, so that access lists count too. */
export function canEnter(user: SystemUser | undefined, folder: string): boolean {
  if (user === undefined) return true
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...as(user), cwd: '/', stdio: 'ignore' }).status === 0
}

function toUser(line: string): SystemUser | undefined {
  const [name = '', , uid, gid] = line.split(':')
  // macOS writes nobody as -2.
  return name === '' || uid === undefined ? undefined : { name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }
}
