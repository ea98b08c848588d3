// Resident memory of a program and of everything that it started, and its processor time. Linux only.
import { readdirSync, readFileSync } from 'node:fs'

export type Memory = {
  readonly all: number
  readonly node: number
  readonly starter: number
  readonly postgres: number
}

/**
 * In MB (10^6 bytes) for a process and its descendants: PostgreSQL's processes, `starter` (the process itself, when it only started
 * another), and the rest. Pages that processes share are counted once (PSS); where that cannot be read, RSS.
 */
export function memoryOf(pid: number): Memory {
  const parents = new Map(processes().map(({ pid, parent }) => [pid, parent]))
  const isOurs = (one: number): boolean => {
    for (let at: number | undefined = one; at !== undefined && at > 1; at = parents.get(at)) if (at === pid) return true
    return false
  }
  const parts = { node: 0, starter: 0, postgres: 0 }
  for (const one of [...parents.keys()].filter(isOurs)) {
    const kind = isPostgres(one) ? 'postgres' : one === pid ? 'starter' : 'node'
    parts[kind] += megabytes(one)
  }
  return { ...parts, all: parts.node + parts.starter + parts.postgres }
}

/** Milliseconds of processor time that a process has used until now, all its threads together; to 10 ms. */
export function processorTimeOf(pid: number): number {
  const stat = textOf(`/proc/${pid}/stat`)
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) * 10 // Linux counts in hundredths of a second
}

/** The same for a process, whatever it started, and what that has used that ended and was waited for. */
export function processorTimeOfAll(pid: number): number {
  const children = processes().filter(({ parent }) => parent === pid)
  const stat = textOf(`/proc/${pid}/stat`)
  const times = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
  const own = times.reduce((sum, time) => sum + Number(time), 0) * 10
  return children.reduce((sum, child) => sum + processorTimeOfAll(child.pid), own)
}

/** The process that started another one. */
export function parentOf(pid: number): number {
  const parent = processes().find((one) => one.pid === pid)?.parent
  if (parent === undefined) throw new Error(`there is no process ${pid}`)
  return parent
}

/** Resident memory of one process in MB (10^6 bytes): now, and the most it ever was. */
export function residentOf(pid: number): { readonly now: number; readonly most: number } {
  const status = textOf(`/proc/${pid}/status`)
  const read = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) * 1024) / 1_000_000
  return { now: read('VmRSS'), most: read('VmHWM') }
}

function processes(): readonly { readonly pid: number; readonly parent: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      // "pid (name, which may hold anything) state parent …"
      const stat = textOf(`/proc/${name}/stat`)
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      return Number.isInteger(parent) ? [{ pid: Number(name), parent }] : []
    })
}

function isPostgres(pid: number): boolean {
  return /^postgres|\/postgres\0/.test(textOf(`/proc/${pid}/cmdline`))
}

function megabytes(pid: number): number {
  const kilobytes =
    /^Pss:\s+(\d+)/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1] ??
    /^VmRSS:\s+(\d+)/m.exec(textOf(`/proc/${pid}/status`))?.[1]
  return (Number(kilobytes ?? 0) * 1024) / 1_000_000
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // it ended just now, or belongs to somebody else
  }
}
