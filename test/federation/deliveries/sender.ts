// A node reduced to what delivers: a database, a key, a clock, and the way out.
import type { App } from '../../../src/app.ts'
import { randomId } from '../../../src/common/ids.ts'
import { createOutbound, type Outbound } from '../../../src/common/outbound.ts'
import { openDatabase, rows } from '../../../src/database/database.ts'
import { deliverDue } from '../../../src/federation/deliver.ts'
import { endSending } from '../../../src/federation/delivery-sender.ts'
import { makeKeys } from '../../../src/federation/keys.ts'
import { prepare, type Prepared } from '../../../src/federation/steps.ts'
import { freshDatabase, usersOfDatabases } from '../../support/database.ts'

export const origin = 'http://north.example'

export type DeliveryRow = {
  readonly inbox: string
  readonly state: string
  readonly attempts: number
  readonly status: number | null
  readonly error: string | null
  readonly nextTry: Date
}

export type TestSender = {
  readonly app: App
  time: Date
  /** Prepares activities of one sender, one after the other, in one transaction. */
  prepare(...activities: readonly (Partial<Prepared> & { readonly inboxes: readonly string[] })[]): Promise<void>
  /** Delivers what is due. */
  deliver(): Promise<void>
  deliveries(): Promise<readonly DeliveryRow[]>
  /** When the next look is queued. */
  nextLook(): Promise<Date | undefined>
}

/** `timeout`: milliseconds until an answer is missed; then what is sent is sent in this thread. */
export async function aSender(options: { readonly time?: Date; readonly timeout?: number } = {}): Promise<TestSender> {
  const db = await openDatabase({ url: await freshDatabase(), entities: [] })
  const clock = { time: options.time ?? new Date('2026-11-22T09:00:00Z') }
  const real = createOutbound({ allowPrivateAddresses: true, userAgent: 'Sideways test' })
  const { timeout } = options
  const outbound: Outbound =
    timeout === undefined
      ? real
      : { fetch: (request, given) => real.fetch(request, { ...given, timeout }), close: () => real.close() }
  // What delivers asks for no more than this.
  const app = { db, outbound, now: () => clock.time, newId: randomId, config: { origin } } as App
  usersOfDatabases.push(async () => {
    await endSending(app)
    await real.close()
    await db.close()
  })
  await makeKeys(app, 'directory')
  return Object.defineProperty(
    {
      app,
      time: clock.time,
      prepare: (...activities) =>
        db.transaction(async (tx) => {
          for (const activity of activities) {
            const id = activity.id ?? `${origin}/${randomId()}`
            await prepare(tx, app, {
              sender: 'directory',
              body: { id, type: 'Update', actor: `${origin}/ap/directory` },
              ...activity,
              id,
            })
          }
        }),
      deliver: () => deliverDue(app),
      deliveries: () =>
        rows<DeliveryRow>(
          db,
          `select inbox, state, attempts, last_status as status, last_error as error, next_try_at as "nextTry" from delivery order by number`,
        ),
      async nextLook() {
        const [found] = await rows<{ at: Date }>(
          db,
          `select run_at as at from graphile_worker.jobs where key = 'federation.deliver:later'`,
        )
        return found?.at
      },
    } satisfies TestSender,
    'time',
    {
      get: () => clock.time,
      set: (time: Date) => {
        clock.time = time
      },
    },
  )
}
