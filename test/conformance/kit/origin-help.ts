import { verifyStatement } from '../../../src/partners/statement.ts'
import type { Statement } from '../../../src/common/schema-types.ts'
import type { Found } from './origin-actor.ts'
import { actorOf, type KitNode, type Received } from './node.ts'
import { readAll, readPage, readStatement, type Item, type Page, type Reading } from './origin-reading.ts'
import { expectRoot, expectTombstone, liveOf } from './origin-set.ts'
import { expectThat, until, type Run } from './run.ts'
import { term } from './wire.ts'

/** A change that somebody made when asked: what the origin said before and after. */
type Move = {
  readonly before: Reading
  readonly statement: Statement
  readonly changes: Page
  readonly after: Reading
  /** Updates of the directory that came from the request on until five seconds after the change was seen. */
  readonly doorbells: readonly Received[]
}

/** Asks somebody to change and to withdraw, and looks at what the origin makes of it. */
export async function checkHelp(run: Run, node: KitNode, found: Found): Promise<void> {
  const ids = ['origin.change', 'origin.reissued', 'origin.doorbell', 'origin.doorbell-silent'] as const
  if (run.wants(...ids)) {
    const move = await moved(run, node, found, 'Now change somebody who is listed there, or list somebody new.')
    const isSeen = await run.check('origin.change', () => {
      expectMoved(move)
      const live = move.changes.items.filter((item) => item['type'] !== 'Tombstone')
      expectThat(live.length > 0, 'no listing after the old cursor', 'the changed one with a new seq')
      expectRoot(move.after)
    })
    if (move) await checkNews(run, found, move)
    if (!isSeen) run.skip(ids, 'no change was seen')
  }
  if (!run.wants('origin.withdrawal')) return
  const move = await moved(
    run,
    node,
    found,
    'Now withdraw somebody who is listed there, so that partner nodes lose her.',
  )
  await run.check('origin.withdrawal', () => {
    expectMoved(move)
    const gone = liveOf(move.before).filter(({ id }) => !liveOf(move.after).some((item) => item.id === id))
    expectThat(gone.length > 0, 'everybody listed as before', 'somebody gone')
    for (const { id } of gone) {
      const tombstone = move.changes.items.find((item: Item) => item.id === id)
      expectThat(tombstone !== undefined, `nothing about ${id} after the old cursor`, 'a tombstone')
      expectTombstone(tombstone, found.origin)
    }
    expectRoot(move.after)
  })
}

async function moved(run: Run, node: KitNode, found: Found, ask: string): Promise<Move | undefined> {
  const before = await readAll(run, node, found)
  const from = node.received.length
  run.tell(ask)
  const statement = await until(run, run.pace.person, async () => {
    const now = await readStatement(node, found)
    return now.seq === before.statement.seq && now.root === before.statement.root ? undefined : now
  })
  if (!statement) return undefined
  const doorbells = (): readonly Received[] =>
    node.received.slice(from).filter(({ activity }) => isDoorbell(activity, found))
  await until(run, run.pace.doorbell, () => (doorbells().length > 0 ? true : undefined))
  const cursor = before.statement.seq
  const changes = await readPage(node, found, `after=${cursor}`, cursor)
  return { before, statement, changes, after: await readAll(run, node, found), doorbells: doorbells() }
}

function expectMoved(move: Move | undefined): asserts move is Move {
  expectThat(move !== undefined, 'the same statement all the time', 'a change in it')
  const { seq } = move.before.statement
  expectThat(move.statement.seq > seq, `seq ${move.statement.seq} after ${seq}`, 'a higher one')
}

async function checkNews(run: Run, { key }: Found, { before, statement, doorbells, after }: Move): Promise<void> {
  await run.check('origin.reissued', () => {
    expectThat(
      verifyStatement(statement, key),
      'a new statement with a proof that the key did not make',
      'one that it made',
    )
    const isNewer = Date.parse(statement.issued) >= Date.parse(before.statement.issued)
    expectThat(isNewer, `issued ${statement.issued} after ${before.statement.issued}`, 'not older')
    expectThat(statement.proof.proofValue !== before.statement.proof.proofValue, 'the same proof', 'a new one')
  })
  await run.check('origin.doorbell', () => {
    const [first] = doorbells
    expectThat(first !== undefined, 'no Update by the directory', 'one within five seconds of the change')
    const seqs = doorbells.map(({ activity }) => term(activity, 'object', 'seq'))
    const isNews = seqs.some((seq) => typeof seq === 'number' && seq > before.statement.seq)
    expectThat(isNews, `doorbells with seq ${seqs.join(', ')}`, `one above ${before.statement.seq}`)
    const epoch = term(first.activity, 'object', 'epoch')
    expectThat(epoch === statement.epoch, `a doorbell with epoch ${String(epoch)}`, statement.epoch)
  })
  await run.check('origin.doorbell-silent', () => {
    const secrets = [...liveOf(before), ...liveOf(after)].flatMap((item) => [
      item.id,
      item['featuredObject'],
      item['name'],
    ])
    for (const { activity } of doorbells) {
      const text = JSON.stringify(activity)
      const told = secrets.find(
        (secret) => typeof secret === 'string' && text.includes(JSON.stringify(secret).slice(1, -1)),
      )
      expectThat(told === undefined, `a doorbell that says ${String(told)}`, 'no name and no listing id')
    }
  })
}

function isDoorbell(activity: unknown, { actor }: Found): boolean {
  return term(activity, 'type') === 'Update' && actorOf(activity) === actor.id
}
