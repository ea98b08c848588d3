import { hour, instantOf, later, minute, rfc3339, systemClock } from '../../../src/common/clock.ts'
import { rootOf } from '../../../src/partners/set.ts'
import { signStatement, type UnsignedStatement } from '../../../src/partners/statement.ts'
import type { CheckId } from './checks.ts'
import type { Manner } from './directory.ts'
import { sevenDays, signed } from './invented.ts'
import { newStatementKey } from './keys.ts'
import type { KitNode } from './node.ts'
import { expectThat, sleep } from './run.ts'
import {
  asksFor,
  expectAcknowledged,
  inDays,
  keepers,
  list,
  recover,
  withdraw,
  type Scene,
} from './subscriber-scene.ts'

/** What was believed before the lies began. */
type Believed = { readonly seq: number; readonly issued: string }

type Lie = {
  readonly id: CheckId
  /** The false statement, of a set that has somebody more than the one that was believed. */
  readonly manner: (node: KitNode, believed: Believed) => Manner
}

const resigned =
  (change: (right: UnsignedStatement, believed: Believed) => Partial<UnsignedStatement>): Lie['manner'] =>
  ({ at, keys }, believed) => ({
    statement: (right) => signed({ ...right, ...change(right, believed) }, at, keys.statement),
  })

const from = (issued: Date): Pick<UnsignedStatement, 'issued' | 'validUntil'> => ({
  issued: rfc3339(issued),
  validUntil: rfc3339(later(issued, sevenDays)),
})

const lies: readonly Lie[] = [
  {
    id: 'subscriber.wrong-key',
    manner: ({ at }) => {
      const key = newStatementKey()
      return { statement: (right) => signed(right, at, key) }
    },
  },
  {
    id: 'subscriber.tampered',
    manner: ({ at, keys }) => ({
      statement: (right) => ({ ...signed({ ...right, root: rootOf([]) }, at, keys.statement), root: right.root }),
    }),
  },
  {
    id: 'subscriber.older',
    manner: resigned((_right, { issued }) => from(later(instantOf(issued) ?? systemClock(), -10 * minute))),
  },
  {
    id: 'subscriber.lower-seq',
    manner: (node, believed) => ({
      ...resigned(() => ({ seq: believed.seq - 1 }))(node, believed),
      buckets: (right) => ({ ...right, seq: believed.seq - 1 }),
    }),
  },
  { id: 'subscriber.future', manner: resigned(() => from(later(systemClock(), hour))) },
  { id: 'subscriber.long-lease', manner: resigned(() => ({ validUntil: inDays(30) })) },
  {
    id: 'subscriber.other-directory',
    manner: ({ at, keys }) => ({
      statement: (right) => {
        const other = `${new URL(at.node).origin}/another/directory`
        return signStatement({ ...right, attributedTo: other }, keys.statement, `${other}#ed25519-1`, systemClock())
      },
    }),
  },
]

/** Statements that must change nothing, a redirect that must not be followed, and an origin that contradicts itself. */
export async function checkLies(scene: Scene): Promise<void> {
  const wanted = lies.filter(({ id }) => scene.run.wants(id))
  if (wanted.length > 0) {
    await expectAcknowledged(scene).catch(() => undefined)
    const believed = scene.directory.set.unsigned()
    for (const lie of wanted) await tell(scene, lie, believed)
    for (const { id } of wanted) withdraw(scene, id)
    await recover(scene)
  }
  await checkRedirect(scene)
  await checkContradiction(scene)
}

async function tell(scene: Scene, { id, manner }: Lie, believed: Believed): Promise<void> {
  const { run, node, directory, shown } = scene
  list(scene, id)
  directory.manner = manner(node, believed)
  const before = directory.asked.length
  await directory.ring()
  const asked = await asksFor(scene, before, ({ document, status }) => document === 'statement' && status === 200)
  await sleep(run.pace.settle)
  await run.check(id, async () => {
    expectThat(asked !== undefined, 'no request for the statement', 'one after the doorbell')
    await shown.isSo({ gone: [id], there: keepers })
  })
}

async function checkRedirect(scene: Scene): Promise<void> {
  const { run, directory, elsewhere } = scene
  if (!elsewhere) return run.skip(['subscriber.redirect'], 'the kit has no other host that this node could reach')
  if (!run.wants('subscriber.redirect')) return
  const before = directory.asked.length
  const already = elsewhere.requests.length
  directory.manner = {
    answer: (_right, { target }) => ({ status: 302, headers: { location: `${elsewhere.origin}${target}` } }),
  }
  await directory.ring('bare')
  const asked = await asksFor(scene, before, ({ status }) => status === 302)
  await sleep(run.pace.settle)
  await run.check('subscriber.redirect', () => {
    expectThat(asked !== undefined, 'no request after the doorbell', 'one, to redirect')
    const came = elsewhere.requests.length - already
    expectThat(came === 0, `${came} requests at ${elsewhere.origin}`, 'none')
  })
  await recover(scene)
}

async function checkContradiction(scene: Scene): Promise<void> {
  const { run, node, directory, shown } = scene
  if (!run.wants('subscriber.contradiction')) return
  list(scene, 'contradicted')
  directory.manner = resigned(() => ({ root: 'ab'.repeat(32) }))(node, directory.set.unsigned())
  await directory.ring()
  await run.check('subscriber.contradiction', () => shown.waitFor({ gone: 'everybody' }))
  withdraw(scene, 'contradicted')
  await recover(scene)
}
