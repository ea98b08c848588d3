import { rows } from '../../../src/database/database.ts'
import { bodyCases } from './cases-bodies.ts'
import { deedCases } from './cases-deeds.ts'
import { lineCases } from './cases-lines.ts'
import { signatureCases, type Case } from './cases-signatures.ts'
import { aScene, harmless, tell, timeGoesBy, type Scene } from './scene.ts'
import { anActivity, post } from './signing.ts'

const seed = Number(process.env['HOSTILE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
let scene: Scene
let before: ReadonlyMap<string, number>

beforeAll(async () => {
  scene = await aScene()
  // What is right goes in, so that what does not is refused for what is wrong with it.
  expect((await post(scene, { body: anActivity(scene) })).status).toBe(202)
  await scene.quiet()
  scene.logged()
  scene.connected()
  before = await scene.counts()
  expect([before.get('follower'), before.get('received_activity')]).toEqual([1, 1])
})
afterAll(() => scene.close())

/** Does each case, and returns what went wrong, in words. */
async function run(cases: readonly Case[]): Promise<readonly string[]> {
  const faults: string[] = []
  scene.longestDelay()
  for (const [index, { name, status, send }] of cases.entries()) {
    if (index % 8 === 0) timeGoesBy(scene)
    const answer = await send(scene)
    if (![status].flat().includes(answer.status)) faults.push(`${name}: ${answer.status}, not ${String(status)}`)
    if (answer.answers > 1) faults.push(`${name}: answered ${answer.answers} times`)
    if (isTelling(answer.text)) faults.push(`${name}: the answer tells how it is made: ${answer.text.slice(0, 200)}`)
    const location = /^location: (.*)$/im.exec(answer.head)?.[1]?.trim() ?? '/'
    if (new URL(location, scene.node.url).origin !== scene.node.url) faults.push(`${name}: sends on to ${location}`)
    faults.push(...aside(name))
  }
  const delay = scene.longestDelay()
  if (delay > 5_000) faults.push(`nothing else ran for ${Math.round(delay)} ms`)
  await scene.quiet()
  faults.push(...aside('after all'))
  const after = await scene.counts()
  for (const [table, count] of after)
    if (count !== before.get(table) && !harmless.has(table))
      faults.push(`${table}: ${before.get(table)} rows became ${count}`)
  return [...faults, ...(faults.some((fault) => fault.startsWith('delivery')) ? await said() : [])]
}

async function said(): Promise<readonly string[]> {
  return (await rows<{ body: string }>(scene.node.app.db, 'select body from outgoing_activity')).map(({ body }) => body)
}

function aside(name: string): readonly string[] {
  const lines = scene.logged()
  return [
    // A failure is tried again for hours: nothing hostile may be worth that.
    ...lines
      .filter((line) => line.startsWith('error') || line.includes('an activity failed'))
      .map((line) => `${name}: ${line}`),
    ...scene.connected().map((address) => `${name}: connected to ${address}`),
    ...lines.filter((line) => isTelling(line)).map((line) => `${name}: logged ${line}`),
  ]
}

function isTelling(text: string): boolean {
  return /\n\s+at |\.ts:\d+|node_modules|node:internal/.test(text)
}

test('every signature that is wrong in one way is refused', async () => {
  const cases = signatureCases(seed)
  tell(`${cases.length} signatures, seed ${seed}`)
  expect(await run(cases)).toEqual([])
}, 120_000)

test('every body that is no activity is refused', async () => {
  const cases = bodyCases(scene, seed)
  tell(`${cases.length} bodies, seed ${seed}`)
  expect(await run(cases)).toEqual([])
}, 120_000)

test('every line that is bent is refused, and nothing in it is taken for a second request', async () => {
  const cases = lineCases(scene, seed)
  tell(`${cases.length} lines, seed ${seed}`)
  expect(await run(cases)).toEqual([])
}, 120_000)

test('what somebody may not do is taken, and nothing comes of it', async () => {
  scene.internet.names.set('inside.example', [['10.0.0.1']])
  const cases = deedCases(seed)
  tell(`${cases.length} deeds, seed ${seed}`)
  expect(await run(cases)).toEqual([])
  expect(scene.internet.lookedUp.filter((name) => name.startsWith('endless'))).toEqual([])
}, 180_000)
