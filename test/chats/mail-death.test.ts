import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { hour, later, systemClock } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { beat } from '../../src/jobs/worker.ts'
import { readByBoth } from '../support/calendar.ts'
import { agreed, anOpenResident, asked } from '../support/chats.ts'
import { freshDatabase } from '../support/database.ts'
import { aLog, aNode, type TestNode } from '../support/node.ts'
import type { Resident } from '../support/resident.ts'

// A worker as production starts it, killed with -9 by the mail server that has just taken a mail of it, before it says so.

let server: SMTPServer
let node: TestNode
let [asha, grace]: Resident[] = []
let settings: Record<string, string>
let worker: ChildProcess | undefined
let kills = 0
let taken: { readonly to: string; readonly subject: string; readonly calendar: string | undefined }[] = []

/** Notes a mail, and kills the worker that sent it as often as a test wants that. */
function take({ to, subject, attachments }: Email): void {
  const event = attachments.find(({ mimeType }) => mimeType === 'text/calendar')?.content
  const calendar = typeof event === 'string' ? event : undefined
  taken.push({ to: to?.[0]?.address ?? '', subject: subject ?? '', calendar })
  if (kills === 0) return
  kills -= 1
  worker?.kill('SIGKILL')
}

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        PostalMime.parse(Buffer.concat(parts), { attachmentEncoding: 'utf8' })
          .then(take)
          .then(() => done(), done)
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.server.address()
  const databaseUrl = await freshDatabase()
  const withdrawalLog = await aLog()
  settings = {
    SIDEWAYS_SMTP_URL: `smtp://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`,
    SIDEWAYS_MAIL_FROM: 'peers@north.example',
    SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'true',
    SIDEWAYS_LOG_LEVEL: 'error',
  }
  node = await aNode({ mail: 'by SMTP', settings, databaseUrl, withdrawalLog, time: systemClock() })
  settings = {
    ...settings,
    SIDEWAYS_ORIGIN: node.url,
    DATABASE_URL: databaseUrl,
    SIDEWAYS_WITHDRAWAL_LOG: withdrawalLog,
  }
  asha = await anOpenResident(node, 'asha', 'Asha Rao')
  grace = await anOpenResident(node, 'grace', 'Grace Bell')
  expect(await node.settle()).toEqual([])
})

afterAll(async () => {
  worker?.kill('SIGKILL')
  await new Promise<void>((resolve) => server.close(() => resolve()))
})

/** Starts a worker that the next mail kills; resolves when it is dead. Then whoever comes next takes over what it had in hand. */
async function dieWithAMail(): Promise<void> {
  taken = []
  kills = 1
  worker = spawn(process.execPath, ['src/main.ts', 'worker'], {
    env: { PATH: process.env['PATH'] ?? '', ...settings },
    stdio: 'ignore',
  })
  const [, signal] = await once(worker, 'exit')
  expect(signal).toBe('SIGKILL')
  kills = 0
  await rows(
    node.app.db,
    `update graphile_worker._private_jobs set locked_at = locked_at - interval '1 hour' where locked_at is not null`,
  )
  await rows(node.app.db, `update worker set seen_at = seen_at - interval '1 hour'`)
  await beat(node.app.db, [])
}

test('a worker that is killed with a mail in hand leaves one event and one truth, and each of the two has it', async () => {
  if (!asha || !grace) throw new Error('nobody')
  const from = later(node.time, 20 * hour)
  const slot = { from: later(from, -(from.getTime() % 1000)), until: later(from, hour - (from.getTime() % 1000)) }
  await asked(node, grace, 'Asha Rao', [slot])
  expect(await node.settle()).toEqual([])
  await agreed(node, asha, slot)
  await dieWithAMail()
  node.time = systemClock()
  expect(await node.settle()).toEqual([])
  expect(new Set(taken.map(({ to }) => to))).toEqual(new Set(['asha@north.example', 'grace@north.example']))
  expect(taken.length).toBeLessThanOrEqual(4)
  const events = taken.map(({ calendar }) => readByBoth(calendar ?? ''))
  expect(new Set(events.map(({ uid, sequence }) => `${String(uid)} ${String(sequence)}`)).size).toBe(1)
  const told = await rows<{ sequence: number }>(node.app.db, 'select sequence from chat_told')
  expect(told).toEqual([{ sequence: 3 }, { sequence: 3 }])
})

test('a reminder that was on its way when the worker was killed comes, and comes no more after that', async () => {
  await rows(node.app.db, 'update chat_told set reminded = null')
  await node.runTimetable('chats.queue-reminders')
  await dieWithAMail()
  node.time = systemClock()
  expect(await node.settle()).toEqual([])
  const soon = taken.filter(({ subject }) => subject.startsWith('Soon: '))
  expect(new Set(soon.map(({ to }) => to)).size).toBe(2)
  taken = []
  await node.runTimetable('chats.queue-reminders')
  expect(await node.settle()).toEqual([])
  expect(taken).toEqual([])
})
