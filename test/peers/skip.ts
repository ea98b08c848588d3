import { spawnSync } from 'node:child_process'

/** It cannot be done on this machine; the message says why, and what to do. */
export class Skip extends Error {}

/** Runs a program and returns what it printed; a Skip with its last words if it could not do its work. */
export function run(command: string, args: readonly string[], remedy: string, input = ''): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', input, timeout: 300_000 })
  if (error) throw new Skip(`${command} cannot be run here (${error.message}). ${remedy}`)
  if (status !== 0) {
    const words = stderr.trim().split('\n').slice(-2).join(' ')
    throw new Skip(`${command} ${args[0] ?? ''} ended with ${status}: ${words}. ${remedy}`)
  }
  return stdout
}
