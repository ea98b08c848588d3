import { rows } from '../../../src/database/database.ts'
import { startWorker } from '../../../src/jobs/worker.ts'
import { deliveryJobs } from '../../../src/federation/delivery-jobs.ts'
import { systemClock } from '../../../src/common/clock.ts'
import { aSink, type Sink } from '../../support/sinks.ts'
import { aSender } from './sender.ts'

const sinks: Sink[] = []

afterAll(() => Promise.all(sinks.map((sink) => sink.close())))

test('a worker that is stopped begins nothing new, writes down what it sent, and leaves the rest for the next', async () => {
  const sender = await aSender({ time: systemClock() })
  for (let host = 0; host < 3; host += 1) {
    const sink = await aSink()
    sink.answer = () => ({ status: 202, after: 100 })
    sinks.push(sink)
  }
  const inboxes = sinks.flatMap(({ origin }) => Array.from({ length: 100 }, (_, one) => `${origin}/${one}/inbox`))
  const parts = { handlers: [deliveryJobs], timetable: [] }
  const worker = await startWorker(sender.app, parts)
  await sender.prepare({ inboxes })
  const arrived = (): number => sinks.reduce((sum, one) => sum + one.arrived.length, 0)
  while (arrived() < 30) await new Promise((resolve) => setTimeout(resolve, 10))
  const begin = performance.now()
  await worker.stop()
  expect(performance.now() - begin).toBeLessThan(20_000)
  const [left] = await rows<{ delivered: number }>(
    sender.app.db,
    `select count(*) filter (where state = 'delivered')::int as delivered from delivery`,
  )
  expect(left?.delivered).toBe(arrived())
  expect(arrived()).toBeLessThan(200)
  const next = await startWorker(sender.app, parts)
  await sender.deliver()
  await next.stop()
  expect(arrived()).toBe(300)
}, 60_000)
