// A process that runs jobs until it is killed: it says "has <payload>" when it begins one, and never ends it.
import { systemClock } from '../../src/common/clock.ts'
import { openDatabase } from '../../src/database/database.ts'
import { startWorker } from '../../src/jobs/worker.ts'
import type { App } from '../../src/app.ts'

const db = await openDatabase({ url: process.argv[2] ?? '', entities: [] })
// A worker needs the database and the clock; what else an App has, no handler here asks for.
const app = { db, now: systemClock } as App
await startWorker(app, {
  timetable: [],
  handlers: [
    {
      'federation.make-keys': async (_app, payload) => {
        console.log(`has ${payload.actorId}`)
        await new Promise(() => undefined)
      },
    },
  ],
})
console.log('ready')
