import { openDirectory, type Directory, type Manner } from './kit/directory.ts'
import { inventPerson, type Unnumbered } from './kit/invented.ts'
import { newKeys } from './kit/keys.ts'
import { actorOf, startKitNode, type KitNode, type Reply } from './kit/node.ts'
import { send, term } from './kit/wire.ts'

/** Where an origin is not right; nothing of it, and it is. */
export type OriginFaults = {
  readonly manner?: (at: KitNode['at']) => Manner
  /** A listing that should not be there. */
  readonly lists?: (at: KitNode['at']) => Unnumbered
  /** Another form of a document that anybody may read. */
  readonly document?: (right: Readonly<Record<string, unknown>>, at: KitNode['at']) => object
  /** Terms that tombstones have besides. */
  readonly tombstone?: object
  /** What it sends instead of an activity, or how. */
  readonly says?: (right: Readonly<Record<string, unknown>>, at: KitNode['at']) => object | 'nothing' | 'unsigned'
  readonly ignores?: 'Undo' | 'change' | 'withdrawal'
}

export type SmallOrigin = {
  readonly node: KitNode
  readonly directory: Directory
  /** Somebody does what the kit asks for. */
  readonly help: (asked: string) => void
}

/** Keys for all small nodes: making them costs more than all they do. */
export const smallKeys = newKeys()

/** A small origin with eight people and a tombstone, whose administrator approves at once. */
export async function aSmallOrigin(faults: OriginFaults = {}): Promise<SmallOrigin> {
  const node = await startKitNode({ keys: smallKeys, name: 'Small origin' })
  const { at } = node
  const directory = openDirectory({ ...node, post: (inbox, activity) => post(node, faults, inbox, activity) })
  directory.manner = faults.manner?.(at) ?? {}
  if (faults.document) node.answers.unshift(async (incoming) => changed(faults, at, node.documents(incoming)))
  const withdraw = (id: string): void => void directory.set.withdraw(id, (right) => ({ ...right, ...faults.tombstone }))
  const listed = Array.from({ length: 9 }, (_, number) => directory.set.put(inventPerson(at, `Small ${number}`)))
  if (listed[0]) withdraw(listed[0].id)
  if (faults.lists) directory.set.put(faults.lists(at))
  node.onActivity.push(({ activity }) => {
    const type = term(activity, 'type')
    if (type === 'Undo' && faults.ignores !== 'Undo') directory.readers.delete(actorOf(activity) ?? '')
    if (type === 'Follow') void directory.accept(activity).catch(() => undefined)
  })
  return {
    node,
    directory,
    help(asked) {
      const [, changing, leaving] = listed
      if (!changing || !leaving) throw new Error('nobody is listed')
      if (asked.startsWith('Now change') && faults.ignores !== 'change')
        directory.set.put({ ...changing, summary: 'Changed.' })
      else if (asked.startsWith('Now withdraw') && faults.ignores !== 'withdrawal') withdraw(leaving.id)
      else return
      void directory.ring().catch(() => undefined)
    },
  }
}

async function post(
  node: KitNode,
  { says }: OriginFaults,
  inbox: string,
  activity: object,
): ReturnType<KitNode['post']> {
  const said = says?.({ ...activity }, node.at) ?? activity
  if (typeof said === 'object') return node.post(inbox, said)
  if (said === 'nothing') return { status: 202, headers: {}, body: '' }
  const headers = new Headers({ 'content-type': 'application/activity+json' })
  return send(inbox, { method: 'POST', headers, body: JSON.stringify(activity), timeout: 10_000 })
}

function changed({ document }: OriginFaults, at: KitNode['at'], right: Reply): Reply | undefined {
  if (right.status !== 200 || right.body === undefined) return undefined
  const parsed = JSON.parse(right.body) as Readonly<Record<string, unknown>> // one of our own documents
  return { ...right, body: JSON.stringify(document?.(parsed, at) ?? parsed) }
}
