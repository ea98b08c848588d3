import { systemClock } from '../../../src/common/clock.ts'
import { sevenDays } from './invented.ts'
import { expectThat, sleep, Stop } from './run.ts'
import { asksFor, keepers, list, recover, timeIn, type Scene } from './subscriber-scene.ts'

/** An origin that was restored: what is not in its new epoch is gone. */
export async function checkEpoch(scene: Scene): Promise<void> {
  const { run, directory, shown, people } = scene
  if (!run.wants('subscriber.epoch')) return
  const ids = keepers.flatMap((part) => people.get(part)?.id ?? [])
  directory.set.restart(ids)
  const from = directory.asked.length
  await directory.ring()
  await run.check('subscriber.epoch', async () => {
    await shown.waitFor({ there: keepers, gone: [...people.keys()].filter((part) => !keepers.includes(part)) })
    const page = directory.asked.slice(from).find(({ document }) => document === 'page')
    const after = page?.query.get('after') ?? 'no page'
    expectThat(after === '0', `${after} as the first cursor in the new epoch`, 'after=0')
  })
  for (const part of people.keys()) if (!keepers.includes(part)) people.delete(part)
}

// Clocks are cut to the second, and the page that shows is asked for a little later.
const moment = 1_100

/** Leases that are renewed and leases that are not, and a review that is over. */
export async function checkLeases(scene: Scene): Promise<void> {
  await checkRenewal(scene)
  await checkEnd(scene)
}

async function checkRenewal(scene: Scene): Promise<void> {
  const { run, directory, shown } = scene
  const { lease } = run.pace
  if (!run.wants('subscriber.renews', 'subscriber.review')) return
  list(scene, 'due for review', { endTime: timeIn(lease) })
  const end = await shortLease(scene, 'ring')
  const seen = await shown.now()
  await pauseForNewSecond()
  directory.set.reissue(sevenDays)
  await answered(scene, 'bare')
  await sleep(end - Date.now() + moment)
  await run.check('subscriber.renews', () => shown.isSo({ there: keepers }))
  await run.check('subscriber.review', async () => {
    expectThat(seen.has('due for review'), 'somebody not shown before her review', 'her shown until then')
    await shown.isSo({ gone: ['due for review'], there: keepers })
  })
}

async function checkEnd(scene: Scene): Promise<void> {
  const { run, directory, shown } = scene
  if (!run.wants('subscriber.lease')) return
  const end = await shortLease(scene, 'bare')
  const seen = await shown.now()
  directory.manner = { answer: () => ({ status: 503 }), statement: () => ({}) }
  await sleep(end - Date.now() + moment)
  await run.check('subscriber.lease', async () => {
    expectThat(
      keepers.every((part) => seen.has(part)),
      'nobody shown before the end of the lease',
      'everybody',
    )
    await shown.isSo({ gone: 'everybody' })
  })
  await recover(scene)
}

/** A statement with the short lease, once the subscriber has it. Returns its end in milliseconds since the epoch. */
async function shortLease(scene: Scene, how: 'bare' | 'ring'): Promise<number> {
  const { run, directory } = scene
  await pauseForNewSecond()
  directory.set.reissue(run.pace.lease)
  const end = Date.parse(directory.set.unsigned().validUntil)
  await answered(scene, how)
  return end
}

// Two statements of one second are the same statement.
async function pauseForNewSecond(): Promise<void> {
  await sleep(1_005 - (systemClock().getTime() % 1_000))
}

async function answered(scene: Scene, how: 'bare' | 'ring'): Promise<void> {
  const { run, directory } = scene
  const from = directory.asked.length
  await directory.ring(how === 'bare' ? 'bare' : undefined)
  const asked = await asksFor(scene, from, ({ document, status }) => document === 'statement' && status === 200)
  if (!asked) throw new Stop('it did not ask for our statement after a doorbell')
  await sleep(Math.min(run.pace.settle, run.pace.lease / 4))
}
