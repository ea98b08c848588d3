// npm run conformance -- --origin URL | --subscriber URL --shows URL | --vectors
import { checks } from './checks.ts'
import { keysIn, newKeys } from './keys.ts'
import { startKitNode, type KitNode } from './node.ts'
import { checkOrigin } from './origin.ts'
import { createRun, ordinaryPace, type Outcome } from './run.ts'
import { checkSubscriber } from './subscriber.ts'
import { readArguments, usage, type Asked } from './usage.ts'
import { checkVectors } from './vectors.ts'

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return 1
})
// A connection that somebody keeps open must not keep a finished run alive.
process.exit()

async function main(args: readonly string[]): Promise<number> {
  const asked = readArguments(args)
  if (asked === 'help') {
    process.stdout.write(usage)
    return 0
  }
  if ('wrong' in asked) {
    process.stderr.write(`${asked.wrong}\n\n${usage}`)
    return 64
  }
  const run = createRun({
    pace: { ...ordinaryPace, person: asked.person, lease: asked.lease, settle: asked.settle },
    only: asked.only,
    tell: (text) => process.stderr.write(`\n${text}\n\n`),
    report: (outcome) => process.stdout.write(`${asked.json ? JSON.stringify(outcome) : lineOf(outcome)}\n`),
  })
  // A kit that counts wrongly would blame everybody else.
  await checkVectors(run)
  const isTrusted = run.outcomes.every(({ result }) => result === 'pass')
  if (isTrusted && (asked.origin !== undefined || asked.subscriber !== undefined)) await checkNode(run, asked)
  const count = (result: Outcome['result']): number => run.outcomes.filter((one) => one.result === result).length
  if (!asked.json)
    process.stdout.write(`\n${count('pass')} passed, ${count('fail')} failed, ${count('skipped')} skipped.\n`)
  return count('fail') === 0 ? 0 : 1
}

async function checkNode(run: ReturnType<typeof createRun>, asked: Asked): Promise<void> {
  const { listen, origin, subscriber, shows, cookie } = asked
  const keys = asked.keys === undefined ? newKeys() : keysIn(asked.keys)
  const own = asked.ownOrigin === undefined ? {} : { origin: asked.ownOrigin }
  const node = await startKitNode({ ...listen, ...own, keys, timeout: run.pace.request })
  if (origin !== undefined) await checkOrigin(run, node, { origin, help: asked.help })
  if (subscriber !== undefined && shows !== undefined) {
    const elsewhere = await anotherHost(asked, node)
    await checkSubscriber(run, node, { subscriber, shows, cookie, ...(elsewhere ? { elsewhere } : {}) })
    await elsewhere?.close()
  }
  await node.close()
}

/** A second port that only notes who comes; nothing where others could not reach it. */
async function anotherHost({ listen, ownOrigin, otherOrigin }: Asked, { keys }: KitNode) {
  if (ownOrigin !== undefined && otherOrigin === undefined) return undefined
  const other = otherOrigin === undefined ? {} : { origin: otherOrigin }
  const port = listen.port === 0 ? 0 : listen.port + 1
  const { origin, answers, close } = await startKitNode({ host: listen.host, port, ...other, keys })
  const requests: unknown[] = []
  answers.push(async (incoming) => {
    requests.push(incoming.target)
    return { status: 404 }
  })
  return { origin, requests, close }
}

function lineOf({ check, section, result, why }: Outcome): string {
  const word = { pass: 'ok     ', fail: 'FAILED ', skipped: 'skipped' }[result]
  const because = why === '' ? '' : `\n                ${why}`
  return `${word} ${section.padEnd(4)}  ${checks[check].says}  [${check}]${because}`
}
