import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { App } from '../../src/app.ts'
import type { Mail, Mailer } from '../../src/common/mail.ts'
import { readConfig } from '../../src/config.ts'
import { startNode, type RunningNode } from '../../src/node.ts'
import { freshDatabase, usersOfDatabases } from './database.ts'
import { letJobsWait, tellQueue } from './waiting-jobs.ts'

export type TestNode = RunningNode & {
  readonly url: string
  /** Every mail that the node sent, oldest first. */
  readonly mails: Mail[]
  /** The clock: set it to move time. */
  time: Date
}

export type TestNodeOptions = {
  /** Settings by their environment names. */
  readonly settings?: Readonly<Record<string, string>>
  readonly time?: Date
  readonly databaseUrl?: string
  /** The file of its log of withdrawals; one of its own unless given. */
  readonly withdrawalLog?: string
  /** Jobs run by themselves, as in production; otherwise only in `settle()`. */
  readonly worker?: boolean
  /** Mails are kept in `mails`, unless the test brings a mail server of its own by its settings. */
  readonly mail?: 'by SMTP'
  readonly overrides?: Partial<Pick<App, 'outbound' | 'newId'>>
}

function keepingMailer(mails: Mail[]): Mailer {
  return {
    async send(mail) {
      mails.push(mail)
    },
    close: () => undefined,
  }
}

/** A place for a log of withdrawals, removed after the test file. */
export async function aLog(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sideways-log-'))
  usersOfDatabases.push(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'withdrawals.log')
}

/** A whole node on a free loopback port with a database of its own, as production starts it. Stopped after the test file. */
export async function aNode(options: TestNodeOptions = {}): Promise<TestNode> {
  const mails: Mail[] = []
  const clock = { time: options.time ?? new Date('2026-11-22T09:00:00Z') }
  const config = readConfig({
    PORT: '0',
    SIDEWAYS_WITHDRAWAL_LOG: options.withdrawalLog ?? (await aLog()),
    SIDEWAYS_ORIGIN: 'http://127.0.0.1:0',
    SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'true',
    SIDEWAYS_NAME: 'North Council',
    SIDEWAYS_LOG_LEVEL: 'error',
    SIDEWAYS_API_PER_MINUTE: '1000000', // what asks how often it may brings its own
    ...options.settings,
  })
  const node = await startNode({
    config: { ...config, databaseUrl: options.databaseUrl ?? (await freshDatabase()) },
    roles: { web: true, worker: options.worker ?? false },
    strictWords: true,
    overrides: {
      now: () => clock.time,
      ...(options.mail === 'by SMTP' ? {} : { mail: keepingMailer(mails) }),
      ...options.overrides,
    },
  })
  usersOfDatabases.push(() => node.stop())
  if (node.url === undefined) throw new Error('a node without its web process')
  const { db } = node.app
  // A worker of its own goes by PostgreSQL's clock alone.
  if (options.worker !== true) await letJobsWait(db, clock.time)
  async function settle(): Promise<readonly string[]> {
    if (options.worker !== true) await tellQueue(db, clock.time)
    return node.settle()
  }
  return Object.defineProperty({ ...node, settle, url: node.url, mails, time: clock.time }, 'time', {
    get: () => clock.time,
    set: (time: Date) => {
      clock.time = time
    },
  })
}
