import { idsOf, type CheckId } from './kit/checks.ts'
import { startKitNode } from './kit/node.ts'
import { createRun, type Outcome, type Pace } from './kit/run.ts'
import { checkSubscriber } from './kit/subscriber.ts'
import { subscriberBreakages } from './broken-subscriber.ts'
import { smallKeys } from './small-origin.ts'
import { aSmallSubscriber, type SubscriberFault } from './small-subscriber.ts'

const pace: Partial<Pace> = { person: 700, minute: 3_000, settle: 1_000, look: 10, request: 3_000, lease: 2_000 }

async function outcomesFor(
  faults: readonly SubscriberFault[],
  only: readonly CheckId[] = [],
): Promise<readonly Outcome[]> {
  const subscriber = await aSmallSubscriber(...faults)
  const tester = await startKitNode({ keys: smallKeys })
  const elsewhere = await startKitNode({ keys: smallKeys })
  const requests: unknown[] = []
  elsewhere.answers.push(async (incoming) => {
    requests.push(incoming)
    return { status: 404 }
  })
  try {
    const run = createRun({ pace, only, tell: () => void subscriber.follow(tester.origin).catch(() => undefined) })
    const { shows, node } = subscriber
    const options = { subscriber: node.origin, shows, elsewhere: { origin: elsewhere.origin, requests } }
    await checkSubscriber(run, tester, options)
    return run.outcomes
  } finally {
    for (const node of [tester, elsewhere, subscriber.node]) await node.close()
  }
}

const failed = (outcomes: readonly Outcome[]): readonly CheckId[] =>
  outcomes.filter(({ result }) => result === 'fail').map(({ check }) => check)

test('a subscriber that does everything right passes every check', async () => {
  const outcomes = await outcomesFor([])
  expect(outcomes.filter(({ result }) => result !== 'pass')).toEqual([])
  expect(outcomes.map(({ check }) => check).toSorted()).toEqual([...idsOf('subscriber')].toSorted())
})

test.concurrent.each(subscriberBreakages)(
  'a subscriber that $fault is noticed',
  async ({ fault, fails, also = [], after = [] }) => {
    // Only what must notice, since some wait for the end of a lease.
    const outcomes = await outcomesFor([fault, ...also], [...after, ...fails])
    expect(failed(outcomes)).toEqual(fails)
  },
)

test('every check of a subscriber is failed by at least one breakage', () => {
  const failing = new Set<CheckId>(subscriberBreakages.flatMap(({ fails }) => fails))
  expect(idsOf('subscriber').filter((id) => !failing.has(id))).toEqual([])
})
