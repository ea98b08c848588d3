import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** Looks again and again until there is something; an Error that says what it waited for, where it does not come. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined | false>,
  seconds = 20,
): Promise<Found> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) throw new Error(`after ${seconds} seconds not yet: ${what}`)
    await wait(200)
  }
}

/** Whether something is still so after the seconds in which snac2 would have changed it. */
export async function lasts(look: () => Promise<boolean>, seconds = 8): Promise<boolean> {
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    if (!(await look())) return false
    await wait(500)
  }
  return true
}

/** Throws an Error that says what should have been. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`it is not so: ${what}`)
}

/** A port of loopback that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const at = server.address()
      server.close(() => (typeof at === 'object' && at ? resolve(at.port) : reject(new Error('no port'))))
    })
  })
}
