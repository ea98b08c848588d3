import { readFileSync } from 'node:fs'
import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importJwk, signRequest } from '@fedify/fedify'
import { checks, checkIds, idsOf, type CheckId } from './kit/checks.ts'
import { keysIn } from './kit/keys.ts'
import { startKitNode } from './kit/node.ts'
import { createRun, type Outcome } from './kit/run.ts'
import { readArguments } from './kit/usage.ts'
import { checkVectors, kitRules, type Rules } from './kit/vectors.ts'
import { smallKeys } from './small-origin.ts'

async function vectorsWith(wrong: Partial<Rules>): Promise<readonly Outcome[]> {
  const run = createRun({})
  await checkVectors(run, { ...kitRules, ...wrong })
  return run.outcomes
}

// Each rule, wrong in one way.
const breakages: readonly {
  readonly what: string
  readonly fails: readonly CheckId[]
  readonly wrong: Partial<Rules>
}[] = [
  {
    what: 'writes JSON in the order in which it came',
    fails: ['vectors.canonical-form'],
    wrong: { canonicalForm: JSON.stringify },
  },
  { what: 'hashes something else', fails: ['vectors.content-hash'], wrong: { contentHash: () => 'ab'.repeat(32) } },
  { what: 'has one bucket', fails: ['vectors.buckets'], wrong: { bucketOf: () => 0 } },
  {
    what: 'leaves out a listing',
    fails: ['vectors.buckets'],
    wrong: { bucketHashes: (entries) => kitRules.bucketHashes(entries.slice(1)) },
  },
  {
    what: 'counts the first listing only',
    fails: ['vectors.roots'],
    wrong: { rootOf: (entries) => kitRules.rootOf(entries.slice(0, 1)) },
  },
  { what: 'cannot read a key', fails: ['vectors.key'], wrong: { publicKeyFromMultikey: () => undefined } },
  { what: 'believes every statement', fails: ['vectors.proof'], wrong: { verifyStatement: () => true } },
  { what: 'believes no statement', fails: ['vectors.proof'], wrong: { verifyStatement: () => false } },
]

test('the kit holds to the published vectors', async () => {
  expect((await vectorsWith({})).map(({ check, result }) => [check, result])).toEqual(
    idsOf('vectors').map((id) => [id, 'pass']),
  )
})

test.each(breakages)('a kit that $what says so of itself', async ({ fails, wrong }) => {
  const outcomes = await vectorsWith(wrong)
  expect(outcomes.filter(({ result }) => result === 'fail').map(({ check }) => check)).toEqual(fails)
})

test('every check of the vectors is failed by at least one wrong rule', () => {
  const failing = new Set<CheckId>(breakages.flatMap(({ fails }) => fails))
  expect(idsOf('vectors').filter((id) => !failing.has(id))).toEqual([])
})

test('every check is explained, with the section that it holds, which FEDERATION.md has', () => {
  const page = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')
  const federation = readFileSync(new URL('../../FEDERATION.md', import.meta.url), 'utf8')
  for (const id of checkIds) {
    const { section, says } = checks[id]
    expect(page).toMatch(
      new RegExp(
        `^\\| \`${id.replace('.', '\\.')}\` +\\| ${section} +\\| ${says.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`,
        'm',
      ),
    )
    expect(federation).toMatch(new RegExp(`^###? ${section}\\.? `, 'm'))
  }
})

test('both forms of signatures are read, and a changed request is not', async () => {
  const [us, other] = [await startKitNode({ keys: smallKeys }), await startKitNode({ keys: smallKeys })]
  const jwk = { ...smallKeys.directory.export({ format: 'jwk' }), alg: 'RS256', key_ops: ['sign'], ext: true }
  const key = await importJwk(jwk, 'private')
  for (const spec of ['rfc9421', 'draft-cavage-http-signatures-12'] as const) {
    const url = `${us.origin}/somewhere?have=4`
    const asked = await signRequest(new Request(url), key, new URL(`${other.at.directory}#main-key`), { spec })
    const incoming = (target: string) => ({
      method: 'GET',
      target,
      path: '/somewhere',
      query: new URL(target, us.origin).searchParams,
      headers: asked.headers,
      body: Buffer.alloc(0),
    })
    // Fedify's draft-cavage leaves out the query, as old servers do.
    const isWhole = spec === 'rfc9421'
    const target = isWhole ? '/somewhere?have=4' : '/somewhere'
    expect(await us.verdict(incoming(target))).toMatchObject({ actor: other.at.directory })
    expect(await us.verdict(incoming('/somewhere?have=5'))).toHaveProperty('fault')
  }
  await us.close()
  await other.close()
})

test('the kit keeps its keys in a file that only its owner can read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  const file = join(folder, 'keys.json')
  const made = keysIn(file)
  const kept = keysIn(file)
  expect(kept.statement.equals(made.statement)).toBe(true)
  expect(kept.directory.equals(made.directory)).toBe(true)
  expect(kept.node.equals(createPrivateKey(made.node.export({ type: 'pkcs8', format: 'pem' })))).toBe(true)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  rmSync(folder, { recursive: true })
})

test.each([
  [[], 'Say one of --origin, --subscriber and --vectors.'],
  [['--origin', 'https://a.example', '--vectors'], 'Say one of --origin, --subscriber and --vectors.'],
  [['--origin', 'a.example'], '--origin wants a web address.'],
  [['--origin', 'https://a.example/x'], '--origin wants scheme and host only.'],
  [['--subscriber', 'https://a.example'], 'With --subscriber, say with --shows where one can see whom it shows.'],
  [['--vectors', '--only', 'origin.nothing'], 'There is no check "origin.nothing".'],
  [['--vectors', '--listen', 'here'], '--listen wants a host and a port.'],
  [['--vectors', '--timeout', '0'], '--timeout wants a number of seconds.'],
])('%j is wrong use', (args, wrong) => {
  expect(readArguments(args)).toEqual({ wrong })
})

test('what is asked for is read', () => {
  expect(readArguments(['-h'])).toBe('help')
  expect(
    readArguments([
      '--origin',
      'https://a.example',
      '--listen',
      '[::1]:8080',
      '--only',
      'origin.root,vectors',
      '--no-help',
    ]),
  ).toMatchObject({
    origin: 'https://a.example',
    listen: { host: '::1', port: 8080 },
    only: ['origin.root', 'vectors'],
    help: false,
    person: 900_000,
  })
})
