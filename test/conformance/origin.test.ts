import { idsOf, type CheckId } from './kit/checks.ts'
import { startKitNode } from './kit/node.ts'
import { checkOrigin } from './kit/origin.ts'
import { createRun, type Outcome, type Pace } from './kit/run.ts'
import { originBreakages } from './broken-origin.ts'
import { aSmallOrigin, smallKeys, type OriginFaults } from './small-origin.ts'

// Small nodes answer at once, so nothing is waited for as long as FEDERATION.md lets it take.
const pace: Partial<Pace> = { person: 1_000, doorbell: 400, minute: 600, settle: 50, look: 10, request: 3_000 }

async function outcomesFor(faults: OriginFaults, only: readonly CheckId[] = []): Promise<readonly Outcome[]> {
  const origin = await aSmallOrigin(faults)
  const tester = await startKitNode({ keys: smallKeys })
  try {
    const run = createRun({ pace, only, tell: origin.help })
    await checkOrigin(run, tester, { origin: origin.node.origin, help: true })
    return run.outcomes
  } finally {
    await tester.close()
    await origin.node.close()
  }
}

const failed = (outcomes: readonly Outcome[]): readonly CheckId[] =>
  outcomes.filter(({ result }) => result === 'fail').map(({ check }) => check)

test('an origin that does everything right passes every check', async () => {
  const outcomes = await outcomesFor({})
  expect(outcomes.filter(({ result }) => result !== 'pass')).toEqual([])
  expect(outcomes.map(({ check }) => check).toSorted()).toEqual([...idsOf('origin')].toSorted())
})

test.each(originBreakages)('an origin that $what is noticed', async ({ fails, ...faults }) => {
  const outcomes = await outcomesFor(faults)
  expect(failed(outcomes)).toEqual(fails)
  // Whatever is wrong, every check says something, once.
  expect(outcomes.map(({ check }) => check).toSorted()).toEqual([...idsOf('origin')].toSorted())
})

test('every check of an origin is failed by at least one breakage', () => {
  const failing = new Set<CheckId>(originBreakages.flatMap(({ fails }) => fails))
  expect(idsOf('origin').filter((id) => !failing.has(id))).toEqual([])
})

test('without anybody to help, what needs help is skipped and nothing fails', async () => {
  const origin = await aSmallOrigin()
  const tester = await startKitNode({ keys: smallKeys })
  const run = createRun({ pace })
  await checkOrigin(run, tester, { origin: origin.node.origin, help: false })
  expect(failed(run.outcomes)).toEqual([])
  expect(run.outcomes.filter(({ result }) => result === 'skipped')).toHaveLength(5)
  await tester.close()
  await origin.node.close()
})
