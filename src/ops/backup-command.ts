import { backupDays } from '../database/backup-tables.ts'
import { backup, queueName, type BackupFacts } from './backup.ts'
import { restore, type RestoreFacts } from './restore.ts'

/** What was done, for people and for programs. */
export type BackupAnswer = { readonly facts: BackupFacts | RestoreFacts; readonly text: string }

/** Does `sideways backup <file>`. BackupError and DatabaseError as `backup`. */
export async function backupFromCommandLine(databaseUrl: string, file: string): Promise<BackupAnswer> {
  const facts = await backup(databaseUrl, file)
  const text = [
    `Backup of ${facts.origin}: ${file}, ${size(facts.bytes)}, in ${seconds(facts.milliseconds)}.`,
    contents(facts.rows),
    `Whoever has this file can act as your node: keep it where only you can read it, away from this machine, for at most ${backupDays} days.`,
    'The log of withdrawals is not in it, and must not be kept beside it.',
  ].join('\n')
  return { facts, text }
}

/** Does `sideways restore <file> [--log-lost]`. BackupError and DatabaseError as `restore`. */
export async function restoreFromCommandLine(
  databaseUrl: string,
  file: string,
  logIsLost: boolean,
): Promise<BackupAnswer> {
  const facts = await restore(databaseUrl, file, { logIsLost })
  const text = [
    `Restored ${facts.origin} as it was at ${facts.madeAt}, in ${seconds(facts.milliseconds)}.`,
    contents(facts.rows),
    ...(facts.upgraded.length === 0 ? [] : [`Brought up to this version: ${facts.upgraded.join(', ')}.`]),
    `Start the node with the settings that it had, SIDEWAYS_ORIGIN=${facts.origin} among them, and with its log of withdrawals.`,
    'The start takes back what people took back since; people of other nodes are shown once those nodes have answered.',
    'If "keys rotate" or "keys replace-stolen" ran after this backup, partner nodes know newer keys and do not believe these: docs/running.md, Restore, says what to do.',
  ].join('\n')
  return { facts, text }
}

function contents(rows: Readonly<Record<string, number>>): string {
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0)
  const named = [
    [rows['account'], 'accounts'],
    [rows['listing'], 'listings'],
    [rows['actor_key'], 'keys'],
    [rows['follower'], 'followers'],
    [rows['partner'], 'partner nodes'],
    [rows['copy'], 'copies'],
    [rows[queueName], 'jobs'],
  ]
  return `${named.map(([count, name]) => `${count ?? 0} ${name}`).join(', ')}; ${total} rows in all.`
}

function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
