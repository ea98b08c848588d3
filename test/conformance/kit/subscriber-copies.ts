import { signed, inventFlag, type Item } from './invented.ts'
import { newStatementKey } from './keys.ts'
import { expectThat, sleep, Stop, until } from './run.ts'
import { asksFor, expectAcknowledged, keepers, list, recover, withdraw, type Scene } from './subscriber-scene.ts'

/** Before anything is believed: a false statement first, then the right one. Throws Stop where nothing is ever shown. */
export async function checkFirstStatement(scene: Scene, accept: () => Promise<void>): Promise<void> {
  const { run, node, directory, shown } = scene
  const parts = [...keepers, 'changing', 'leaving', 'leaving with a word', 'leaving without', 'lost by a restore']
  for (const part of parts) list(scene, part)
  const key = newStatementKey()
  directory.manner = { statement: (right) => signed(right, node.at, key) }
  await accept()
  const asked = await asksFor(scene, 0, ({ document, status }) => document === 'statement' && status === 200)
  if (!asked) throw new Stop('it never asked for our statement after our Accept')
  await sleep(run.pace.settle)
  await run.check('subscriber.unverified', () => shown.isSo({ gone: 'everybody' }))
  directory.manner = {}
  directory.set.reissue()
  await directory.ring('bare')
  const isShown = await run.check('subscriber.shows', () => shown.waitFor({ there: parts }))
  if (!isShown) throw new Stop('nothing of ours is shown')
  // Whatever was asked for: who is to go must be there first.
  await shown.waitFor({ there: parts })
  await run.check('subscriber.acknowledges', () => expectAcknowledged(scene))
  await run.check('subscriber.conditional', async () => {
    await directory.ring('bare')
    const conditional = await asksFor(scene, 0, ({ etag, status }) => etag !== undefined && status === 304)
    expectThat(conditional !== undefined, 'no request with If-None-Match and our ETag', 'one')
  })
}

/** Changes, withdrawals, refusals and repairs while the statements are right. */
export async function checkChanges(scene: Scene): Promise<void> {
  await checkChange(scene)
  await checkWithdrawals(scene)
  await checkRefused(scene)
  await checkRepair(scene)
  await checkPageOrder(scene)
}

async function checkChange(scene: Scene): Promise<void> {
  const { run, directory, shown } = scene
  if (!run.wants('subscriber.change', 'subscriber.cursor')) return
  await expectAcknowledged(scene)
  const { seq } = directory.set
  const from = directory.asked.length
  list(scene, 'changing', { name: shown.nameOf('changed') })
  await directory.ring()
  await run.check('subscriber.change', () => shown.waitFor({ there: ['changed', ...keepers], gone: ['changing'] }))
  await run.check('subscriber.cursor', async () => {
    const page = await asksFor(scene, from, ({ document }) => document === 'page')
    const after = page?.query.get('after') ?? '0'
    expectThat(after === String(seq), `a page asked with after=${after}`, `after=${seq}`)
  })
}

async function checkWithdrawals(scene: Scene): Promise<void> {
  const { run, directory, shown } = scene
  if (run.wants('subscriber.withdrawal')) {
    withdraw(scene, 'leaving')
    await directory.ring()
    await run.check('subscriber.withdrawal', async () => {
      await shown.waitFor({ gone: ['leaving'], there: keepers })
      await expectAcknowledged(scene)
    })
  }
  if (!run.wants('subscriber.odd-tombstone')) return
  withdraw(scene, 'leaving with a word', (right) => ({ ...right, name: 'Somebody', summary: 'was here' }))
  withdraw(scene, 'leaving without', ({ id, seq, type }): Item => ({ id, seq, type }))
  await directory.ring()
  await run.check('subscriber.odd-tombstone', () =>
    shown.waitFor({ gone: ['leaving with a word', 'leaving without'], there: keepers }),
  )
}

const refusals = [
  ['subscriber.too-large', 'too large'],
  ['subscriber.elsewhere', 'elsewhere'],
  ['subscriber.invalid', 'invalid'],
  ['subscriber.long-flag', 'open for half a year'],
] as const

async function checkRefused(scene: Scene): Promise<void> {
  const { run, directory, shown } = scene
  const ids = [...refusals.map(([id]) => id), 'subscriber.refused-count'] as const
  if (!run.wants(...ids)) return
  list(scene, 'too large', { more: 'x'.repeat(9 * 1024) })
  list(scene, 'elsewhere', { featuredObject: 'https://elsewhere.example/people/1' })
  list(scene, 'invalid', { knowsLanguage: [{ tag: 'en', level: 'native' as 'easy' }] })
  const open = list(scene, 'open for half a year')
  list(scene, 'open for half a year', { peerChat: inventFlag(String(open['featuredObject']), 180) })
  list(scene, 'last on the page')
  await directory.ring()
  // The good one comes last, so whoever shows her has read the others.
  const isRead = await until(run, run.pace.minute, async () =>
    (await shown.now()).has('last on the page') ? true : undefined,
  )
  for (const [id, part] of refusals) {
    await run.check(id, async () => {
      await shown.isSo({ gone: [part] })
      expectThat(isRead === true, 'nobody of that page shown', 'the good one shown and the others refused alone')
    })
  }
  await run.check('subscriber.refused-count', () => expectAcknowledged(scene))
  // The next doorbell tells.
  for (const [, part] of refusals) withdraw(scene, part)
}

async function checkRepair(scene: Scene): Promise<void> {
  const { run, directory, shown } = scene
  if (!run.wants('subscriber.repairs')) return
  const lost = list(scene, 'lost on the way')
  directory.manner = {
    items: (right, { bucket }) => (bucket === undefined ? right.filter((item) => !isSame(item, lost)) : right),
  }
  await directory.ring()
  await run.check('subscriber.repairs', () => shown.waitFor({ there: ['lost on the way', ...keepers] }))
  withdraw(scene, 'lost on the way')
  directory.manner = {}
}

function isSame(item: object, other: Item): boolean {
  return 'id' in item && item.id === other.id
}

async function checkPageOrder(scene: Scene): Promise<void> {
  const { run, directory, shown } = scene
  if (!run.wants('subscriber.page-order')) return
  list(scene, 'first')
  list(scene, 'second')
  directory.manner = { items: (right, { bucket }) => (bucket === undefined ? right.toReversed() : right) }
  const from = directory.asked.length
  await directory.ring()
  const asked = await asksFor(scene, from, ({ document }) => document === 'page')
  await sleep(run.pace.settle)
  await run.check('subscriber.page-order', async () => {
    expectThat(asked !== undefined, 'no page asked for', 'one after the doorbell')
    await shown.isSo({ gone: ['first', 'second'], there: keepers })
  })
  await recover(scene)
}
