import { fingerprint, multikey } from '../../../src/common/multibase.ts'
import { createPublicKey } from 'node:crypto'
import { idsOf } from './checks.ts'
import { openDirectory, type Reader } from './directory.ts'
import { actorOf, type KitNode, type Received } from './node.ts'
import { parsed } from './origin-actor.ts'
import { expectThat, Failure, Stop, until, type Run } from './run.ts'
import { checkChanges, checkFirstStatement } from './subscriber-copies.ts'
import { checkEpoch, checkLeases } from './subscriber-lease.ts'
import { checkLies } from './subscriber-lies.ts'
import { watchShown, type Scene } from './subscriber-scene.ts'
import { jsonOf, term } from './wire.ts'

export type SubscriberOptions = {
  /** Scheme and host of the node that is checked. */
  readonly subscriber: string
  /** A page or an API of it that names everybody whom it shows of us. */
  readonly shows: string
  /** The Cookie header with which to ask for it. */
  readonly cookie?: string | undefined
  /** Another host of ours, to which nothing may be redirected: its origin, and what came there. */
  readonly elsewhere?: { readonly origin: string; readonly requests: readonly unknown[] }
}

/** Checks a node that reads listings, as an origin with invented people. Reports every check of the part `subscriber` once. */
export async function checkSubscriber(run: Run, node: KitNode, options: SubscriberOptions): Promise<void> {
  try {
    const scene = openScene(run, node, options)
    const reader = await awaitFollow(run, node, scene, options)
    await checkFirstStatement(scene, async () => void (await scene.directory.accept(reader.follow)))
    await checkChanges(scene)
    await checkLies(scene)
    await checkEpoch(scene)
    await checkLeases(scene)
    await checkSigned(scene, reader.directory)
    // Whoever did not come back was found out before.
    await run.check('subscriber.comes-back', () => undefined)
    await checkReject(scene, reader.directory)
  } catch (error) {
    if (!(error instanceof Stop) && !(error instanceof Failure)) throw error
    run.end(idsOf('subscriber'), error.message)
  }
}

function openScene(run: Run, node: KitNode, options: SubscriberOptions): Scene {
  const directory = openDirectory(node)
  return { run, node, directory, shown: watchShown(run, options), elsewhere: options.elsewhere, people: new Map() }
}

async function awaitFollow(
  run: Run,
  node: KitNode,
  { directory }: Scene,
  { subscriber }: SubscriberOptions,
): Promise<Pick<Reader, 'directory' | 'follow'>> {
  const { host } = new URL(node.origin)
  const key = multikey(createPublicKey(node.keys.statement))
  run.tell(
    `Now let ${new URL(subscriber).host} read the listings of ${host}: its administrator adds that node. Its key fingerprint is ${fingerprint(key)}.`,
  )
  const follow = await until(run, run.pace.person, () => node.received.find((one) => isFollow(one, subscriber)))
  const actor = actorOf(follow?.activity)
  await run.check('subscriber.follow', async () => {
    expectThat(follow !== undefined && actor !== undefined, 'no Follow', `a Follow by a directory on ${subscriber}`)
    const object = term(follow.activity, 'object')
    expectThat(object === node.at.directory, `a Follow of ${JSON.stringify(object)}`, node.at.directory)
    const id = String(term(follow.activity, 'id'))
    expectThat(
      URL.parse(id)?.origin === new URL(actor).origin,
      `a Follow with the id ${id}`,
      `an id on ${new URL(actor).origin}`,
    )
    const document = parsed('directory-actor', jsonOf(await node.get(actor, { as: 'node' }), actor))
    const speaks = document.generator.implements.some(({ href }) => href === 'https://w3id.org/sideways/ns#directory-1')
    expectThat(document.id === actor && speaks, 'a Follow by another kind of actor', 'a directory of this protocol')
  })
  if (!follow || actor === undefined) throw new Stop('nobody asked to read our listings')
  await run.check('subscriber.follow-signed', () => {
    const { verdict } = follow
    expectThat(!('fault' in verdict), `a Follow that ${'fault' in verdict ? verdict.fault : ''}`, 'a signature')
    expectThat(verdict.actor === actor, `a Follow signed by ${verdict.actor}`, actor)
  })
  if (directory.readers.has(actor)) throw new Error('let in twice')
  return { directory: actor, follow: follow.activity }
}

function isFollow({ activity }: Received, subscriber: string): boolean {
  const actor = actorOf(activity)
  return term(activity, 'type') === 'Follow' && URL.parse(actor ?? '')?.origin === new URL(subscriber).origin
}

// Over the whole run, so that no kind of request is left out.
async function checkSigned({ run, directory }: Scene, reader: string): Promise<void> {
  await run.check('subscriber.signed', () => {
    for (const { document, query, verdict } of directory.asked) {
      const what = `a request for the ${document}${query.size > 0 ? ` with ?${query.toString()}` : ''}`
      expectThat(
        !('fault' in verdict),
        `${what} that ${'fault' in verdict ? verdict.fault : ''}`,
        'a signature over the query',
      )
      expectThat(verdict.actor === reader, `${what} signed by ${verdict.actor}`, reader)
    }
  })
}

async function checkReject(scene: Scene, reader: string): Promise<void> {
  const { run, directory, shown } = scene
  if (!run.wants('subscriber.reject', 'subscriber.erased')) return
  const granted = directory.readers.get(reader)
  const before = directory.asked.length
  if (granted) await directory.reject(granted)
  await run.check('subscriber.reject', () => shown.waitFor({ gone: 'everybody' }))
  const said = await until(run, run.pace.minute, () =>
    directory.asked.slice(before).find(({ document, query }) => document === 'statement' && query.get('have') === '0'),
  )
  await run.check('subscriber.erased', () =>
    expectThat(said !== undefined, 'no question with have=0 after our Reject', 'one within a minute'),
  )
}
