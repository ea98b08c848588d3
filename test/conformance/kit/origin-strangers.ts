import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { hour, later, systemClock } from '../../../src/common/clock.ts'
import { rootOf } from '../../../src/partners/set.ts'
import { described, type Found } from './origin-actor.ts'
import { randomName, type KitNode } from './node.ts'
import { expectThat, Failure, type Run } from './run.ts'
import type { Answer, Forgery } from './wire.ts'

/** What an address that does not exist gives: two answers, since a header or two may differ each time. */
export type Unknown = readonly [Answer, Answer]

/** One address of each kind that only accepted followers may read. */
export function protectedAddresses({ actor, buckets }: Found): readonly string[] {
  return [
    `${actor.statement}?have=0&root=${rootOf([])}`,
    actor.statement,
    `${actor.listings}?after=0&limit=1`,
    actor.listings,
    `${actor.listings}?bucket=3f`,
    buckets,
  ]
}

/** Asks twice for addresses that nobody can have. */
export async function unknownAnswer(node: KitNode, { actor }: Found): Promise<Unknown> {
  const ask = (): Promise<Answer> => node.get(`${actor.id}/${randomName()}${randomName()}`)
  return [await ask(), await ask()]
}

/** Fails unless an answer is what an address without a page gives: status, body and headers, date excepted. */
export function expectSame404(answer: Answer, unknown: Unknown, url: string, what: string): void {
  const [one, other] = unknown
  const told = `${what} for ${url}`
  expectThat(one.status === 404, `${one.status} for an address that does not exist`, '404')
  expectThat(answer.status === 404, `${described(answer)} to ${told}`, '404')
  if (one.body === other.body && answer.body !== one.body)
    throw new Failure(`another body than for an unknown address, to ${told}`, 'the same one')
  // What differs between two unknown addresses says nothing: the number of a request, for example.
  const names = new Set([...Object.keys(one.headers), ...Object.keys(answer.headers)])
  for (const name of names) {
    if (name === 'date' || one.headers[name] !== other.headers[name]) continue
    const saw = answer.headers[name]
    if (saw !== one.headers[name])
      throw new Failure(
        `the header ${name}: ${String(saw)} to ${told}`,
        `${String(one.headers[name])}, as for an unknown address`,
      )
  }
}

const newKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
let otherKey: KeyObject | undefined

/** Requests in the name of a directory that was let in, each wrong in one way: none may be answered. */
export async function checkForgeries(run: Run, node: KitNode, found: Found): Promise<void> {
  const unknown = await unknownAnswer(node, found)
  const attempt = async (
    id: Parameters<Run['check']>[0],
    forgeryOf: (url: URL) => Forgery | undefined,
  ): Promise<void> => {
    await run.check(id, async () => {
      for (const url of protectedAddresses(found)) {
        const forgery = forgeryOf(new URL(url))
        if (forgery) expectSame404(await node.get(url, { forgery }), unknown, url, 'a forged request')
      }
    })
  }
  await attempt('origin.wrong-key', () => ({ privateKey: (otherKey ??= newKey()) }))
  await attempt('origin.tampered', () => ({ tampered: true }))
  await attempt('origin.query', ({ search, pathname }) => (search === '' ? undefined : { target: pathname }))
  await attempt('origin.stale', () => ({ now: later(systemClock(), -2 * hour) }))
  await run.check('origin.other-actor', async () => {
    for (const url of protectedAddresses(found))
      expectSame404(
        await node.get(url, { as: 'node' }),
        unknown,
        url,
        'a request signed by our node instead of our directory',
      )
  })
  await run.check('origin.parameters', async () => {
    for (const query of [
      'after=x',
      'after=-1',
      'after=1.5',
      'limit=x',
      'limit=-1',
      'bucket=zz',
      'bucket=3F',
      'bucket=100',
    ]) {
      const url = `${found.actor.listings}?${query}`
      expectSame404(await node.get(url), unknown, url, 'a request that cannot be read')
    }
  })
}
