import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { lookUpPartner } from '../../src/federation/partner-lookup.ts'
import { approve, follow } from '../../src/partners/actions.ts'
import { aNode, type TestNode, type TestNodeOptions } from '../support/node.ts'
import { signIn } from '../support/sign-in.ts'
import { listing, publish, withdraw } from '../partners/people.ts'
import { idsOf } from './kit/checks.ts'
import type { Outcome } from './kit/run.ts'

// The kit as anybody runs it, in a process of its own, against a whole node of ours whose clock is the true one.
const kit = ['run.mjs', '../test/conformance/kit/main.ts'].map((path) =>
  fileURLToPath(new URL(`../../bin/${path}`, import.meta.url)),
)
// Four kits and two nodes at once, mostly waiting for each other.
const patience = 150_000

const clocks: NodeJS.Timeout[] = []

afterAll(() => clocks.forEach(clearInterval))

async function aNodeThatWorks(options: TestNodeOptions = {}): Promise<TestNode> {
  const node = await aNode({ ...options, worker: true, time: systemClock() })
  clocks.push(
    setInterval(() => {
      node.time = systemClock()
    }, 20),
  )
  return node
}

type Ended = { readonly code: number | null; readonly outcomes: readonly Outcome[]; readonly said: string }

/** Runs the kit to its end; `help` does what it asks for. */
function runKit(args: readonly string[], help: (asked: string) => Promise<void>): Promise<Ended> {
  const child = spawn(process.execPath, [...kit, ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let said = ''
  const helping: Promise<void>[] = []
  child.stdout.on('data', (part: Buffer) => (out += part.toString()))
  child.stderr.on('data', (part: Buffer) => {
    said += part.toString()
    for (const line of part.toString().split('\n')) if (line.startsWith('Now ')) helping.push(help(line))
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const outcomes = out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Outcome]))
      Promise.all(helping).then(() => resolve({ code, outcomes, said }), reject)
    })
  })
}

/** The administrator sees who asks, and lets it in. */
async function approveWhoAsks(node: TestNode): Promise<void> {
  for (let look = 0; look < 200; look += 1) {
    const [asking] = await rows<{ host: string }>(node.app.db, `select host from partner where follower = 'waiting'`)
    if (asking) return void (await approve(node.app, asking.host))
    await new Promise((resolve) => {
      setTimeout(resolve, 100)
    })
  }
  throw new Error('nobody asked')
}

let subscriber: Promise<{ readonly south: TestNode; readonly cookie: string }>

beforeAll(() => {
  subscriber = aSubscriber()
})

async function aSubscriber() {
  const south = await aNodeThatWorks({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
  const reader = await signIn(south, 'ben@south.example')
  return { south, cookie: [...reader.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
}

const notPassed = ({ outcomes }: Ended): readonly Outcome[] => outcomes.filter(({ result }) => result !== 'pass')

test.concurrent(
  'our node as an origin passes every check of the kit',
  async () => {
    const north = await aNodeThatWorks()
    const people = Array.from({ length: 12 }, (_, number) => listing(north, `person${number + 10}`))
    await publish(north, ...people)
    await withdraw(north, 'person10')
    const ended = await runKit(['--origin', north.url, '--timeout', '30'], async (asked) => {
      if (asked.startsWith('Now let')) await approveWhoAsks(north)
      if (asked.startsWith('Now change')) await publish(north, listing(north, 'person11', { summary: 'Changed.' }))
      if (asked.startsWith('Now withdraw')) await withdraw(north, 'person12')
    })
    expect(notPassed(ended)).toEqual([])
    expect(ended.code).toBe(0)
    expect(ended.outcomes.map(({ check }) => check).toSorted()).toEqual(
      [...idsOf('vectors'), ...idsOf('origin')].toSorted(),
    )
    expect(ended.said).toMatch(/Now let .* read the listings of/)
  },
  patience,
)

// A part of the kit each, beside each other, since our node asks an origin every two seconds at most.
const starts = ['subscriber.follow', 'subscriber.wrong-key', 'subscriber.redirect'] as const
const parts = starts.map((first, number) => {
  const all = idsOf('subscriber')
  const next = starts[number + 1]
  return { first, ids: all.slice(all.indexOf(first), next === undefined ? all.length : all.indexOf(next)) }
})

test.concurrent.each(parts)(
  'our node as a subscriber passes every check of the kit, from $first on',
  async ({ ids }) => {
    const { south, cookie } = await subscriber
    const args = ['--subscriber', south.url, '--shows', `${south.url}/api/v1/listings?text={text}`, '--cookie', cookie]
    const quick = ['--timeout', '60', '--lease', '6', '--settle', '0.5', '--only', ids.join()]
    const ended = await runKit([...args, ...quick], async (asked) => {
      const host = / of ([^ ]+):/.exec(asked)?.[1] ?? ''
      await follow(south.app, await lookUpPartner(south.app, host))
    })
    expect(notPassed(ended)).toEqual([])
    expect(ended.code).toBe(0)
    expect(ended.outcomes.map(({ check }) => check).toSorted()).toEqual([...ids].toSorted())
  },
  patience,
)
