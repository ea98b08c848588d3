import { systemClock } from '../../src/common/clock.ts'
import { parse } from '../../src/common/parse.ts'
import type { Statement } from '../../src/common/schema-types.ts'
import { readListing } from '../../src/partners/copy.ts'
import { bucketHashes, bucketOf, contentHash, rootOf } from '../../src/partners/set.ts'
import { judgeStatement, verifyStatement, type StatementRefusal } from '../../src/partners/statement.ts'
import { activity } from './kit/directory.ts'
import { startKitNode, type GetOptions, type KitNode } from './kit/node.ts'
import { send, term, type Answer } from './kit/wire.ts'
import { smallKeys } from './small-origin.ts'

/** One thing that a subscriber does wrong. */
export type SubscriberFault =
  | `believes ${'any proof' | StatementRefusal}`
  | `shows ${'before' | 'too-large' | 'person-elsewhere' | 'invalid' | 'flag-too-long'}`
  | `shows ${'nothing' | 'past review' | 'past lease' | 'what contradicts' | 'out of order'}`
  | `keeps ${'tombstones' | 'odd tombstones' | 'old epoch' | 'after Reject' | 'old names'}`
  | `never ${'acknowledges' | 'asks conditionally' | 'repairs' | 'comes back' | 'says it erased' | 'renews'}`
  | `refuses ${'whole pages' | 'odd hashes'}`
  | `follows ${'anything' | 'redirects' | 'unsigned'}`
  | `signs ${'nothing' | 'no query' | 'as node'}`
  | 'reads from the beginning'

type Copy = { readonly seq: number; readonly hash: string; readonly name?: string; readonly endTime?: string }

type Held = {
  copies: Map<string, Copy>
  cursor: number
  epoch: string | undefined
  newest: Statement | undefined
  etag: string | undefined
  validUntil: number
  hidden: boolean
}

export type SmallSubscriber = {
  readonly node: KitNode
  /** The page that names everybody who is shown. */
  readonly shows: string
  /** Asks the directory of the kit at that origin. */
  readonly follow: (origin: string) => Promise<void>
}

const nothing = (): Held => ({
  copies: new Map(),
  cursor: 0,
  epoch: undefined,
  newest: undefined,
  etag: undefined,
  validUntil: 0,
  hidden: false,
})

/** A small subscriber that does what FEDERATION.md 5 says, but for its faults. It polls only when the doorbell rings. */
export async function aSmallSubscriber(...faults: readonly SubscriberFault[]): Promise<SmallSubscriber> {
  const is = (fault: SubscriberFault): boolean => faults.includes(fault)
  const node = await startKitNode({ keys: smallKeys, name: 'Small subscriber' })
  let held = nothing()
  let origin: { readonly document: unknown; readonly key: string } | undefined
  let polling = Promise.resolve()
  let failed = false
  let offered: string | undefined

  const at = (name: string): string => String(term(origin?.document, name))
  function get(url: string, options: GetOptions = {}): Promise<Answer> {
    if (is('signs nothing')) return node.get(url, { ...options, as: 'nobody' })
    if (is('signs as node')) return node.get(url, { ...options, as: 'node' })
    if (is('follows redirects')) return anywhere(node, url, options)
    return node.get(url, is('signs no query') ? { ...options, forgery: { target: new URL(url).pathname } } : options)
  }
  const root = (): string => rootOf([...held.copies].map(([id, { hash }]) => ({ id, contentHash: hash })))

  const etagFor = ({ etag, hidden }: Held): GetOptions =>
    etag === undefined || hidden || is('never asks conditionally') ? {} : { etag }

  async function askStatement(): Promise<Statement | undefined> {
    const have = is('never acknowledges') ? '' : `?have=${held.cursor}&root=${root()}`
    const answer = await get(at('statement') + have, etagFor(held))
    if (answer.status !== 200) return undefined
    const document: unknown = JSON.parse(answer.body)
    const key = origin?.key ?? ''
    if (!verifyStatement(document, key) && !is('believes any proof')) return undefined
    const statement = parse('statement', document)
    const verdict = judgeStatement(
      statement,
      { directoryId: at('id'), ...(held.newest ? { newest: held.newest } : {}) },
      systemClock(),
    )
    if ('refused' in verdict && !is(`believes ${verdict.refused}`)) return undefined
    if (statement.epoch !== held.epoch) {
      if (!is('keeps old epoch')) held.copies = new Map()
      held.cursor = 0
      held.epoch = statement.epoch
    }
    // Kept once everything is read: before that, a 304 would mean nothing.
    offered = answer.headers['etag']
    return statement
  }

  async function poll(): Promise<void> {
    if (!origin || (failed && is('never comes back'))) return
    const statement = await askStatement()
    if (!statement) {
      failed = held.newest !== undefined
      return
    }
    if (is('reads from the beginning')) held.cursor = 0
    if (statement.seq > held.cursor && !(await pull(statement))) {
      failed = held.newest !== undefined
      return
    }
    if (root() !== statement.root && !is('never repairs')) await repair(statement)
    const isEqual = root() === statement.root
    if (!isEqual && !is('shows what contradicts')) {
      failed = held.newest !== undefined
      held.hidden = true
      held.etag = undefined
      return
    }
    held.hidden = false
    held.etag = offered
    const isRenewed = held.newest !== undefined && held.newest.seq === statement.seq
    if (!(isRenewed && is('never renews'))) held.validUntil = Date.parse(statement.validUntil)
    held.newest = statement
    const have = `?have=${held.cursor}&root=${root()}`
    if (!is('never acknowledges')) await get(at('statement') + have, etagFor(held))
  }

  async function pull(statement: Statement): Promise<boolean> {
    for (;;) {
      const answer = await get(`${at('listings')}?after=${held.cursor}&limit=200`)
      const page: unknown = answer.status === 200 ? JSON.parse(answer.body) : undefined
      const items = [term(page, 'orderedItems')].flat()
      const seqs = items.map((item) => Number(term(item, 'seq')))
      const isInOrder = seqs.every((seq, place) => seq > (place === 0 ? held.cursor : (seqs[place - 1] ?? 0)))
      if (page === undefined || (!isInOrder && !is('shows out of order'))) return false
      for (const item of items) if (!take(item) && is('refuses whole pages')) return false
      held.cursor = Math.max(Number(term(page, 'seq')), held.cursor)
      if (term(page, 'next') === undefined || held.cursor >= statement.seq) return true
    }
  }

  /** False where a listing was refused. */
  function take(item: unknown): boolean {
    const id = String(term(item, 'id'))
    const seq = Number(term(item, 'seq'))
    if (term(item, 'type') === 'Tombstone') {
      const isOdd = Object.keys(Object(item)).length !== 5
      if (!is('keeps tombstones') && !(isOdd && is('keeps odd tombstones'))) held.copies.delete(id)
      return true
    }
    const from = { origin: new URL(at('id')).origin, directoryId: at('id') }
    const read = readListing(item, from, (input) => parse('listing', input))
    const refused = 'refused' in read ? read.refused : undefined
    const known = ['too-large', 'person-elsewhere', 'invalid', 'flag-too-long'] as const
    const isShown = refused === undefined || known.some((why) => why === refused && is(`shows ${why}`))
    const old = held.copies.get(id)
    const name = is('keeps old names') && old?.name !== undefined ? old.name : String(term(item, 'name'))
    const shown = isShown ? { name, endTime: String(term(item, 'endTime')) } : {}
    const hash = refused !== undefined && is('refuses odd hashes') ? contentHash({}) : contentHash(item)
    held.copies.set(id, { seq, hash, ...shown })
    return isShown
  }

  async function repair({ seq }: Statement): Promise<void> {
    const answer = await get(`${at('listings')}/buckets`)
    const document: unknown = answer.status === 200 ? JSON.parse(answer.body) : undefined
    const theirs = [term(document, 'buckets')].flat()
    if (term(document, 'seq') !== seq) return
    const ours = bucketHashes([...held.copies].map(([id, { hash }]) => ({ id, contentHash: hash })))
    for (const [bucket, hash] of ours.entries()) {
      if (hash === theirs[bucket]) continue
      const page = await get(`${at('listings')}?bucket=${bucket.toString(16).padStart(2, '0')}`)
      if (page.status !== 200) return
      for (const id of held.copies.keys()) if (bucketOf(id) === bucket) held.copies.delete(id)
      for (const item of [term(JSON.parse(page.body), 'orderedItems')].flat()) take(item)
    }
  }

  async function end(): Promise<void> {
    if (!is('keeps after Reject')) held = nothing()
    if (!is('never says it erased')) await get(`${at('statement')}?have=0&root=${rootOf([])}`)
    origin = undefined
  }

  const isShown = ({ endTime }: Copy): boolean => is('shows past review') || Date.parse(endTime ?? '') > Date.now()
  node.answers.push(async ({ path }) => {
    if (path !== '/shown') return undefined
    const isOpen =
      !is('shows nothing') &&
      !held.hidden &&
      (held.validUntil > Date.now() || is('shows past lease') || is('shows before'))
    const names = isOpen
      ? [...held.copies.values()].flatMap((copy) => (copy.name && isShown(copy) ? [copy.name] : []))
      : []
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(names) }
  })
  node.onActivity.push(({ activity: said }) => {
    const type = term(said, 'type')
    if (type === 'Accept' && is('shows before')) polling = polling.then(() => void pullUnverified())
    if (type === 'Accept' || type === 'Update') polling = polling.then(poll).catch(() => undefined)
    if (type === 'Reject') polling = polling.then(end).catch(() => undefined)
  })
  async function pullUnverified(): Promise<void> {
    const answer = await get(`${at('listings')}?after=0`)
    for (const item of [term(JSON.parse(answer.body), 'orderedItems')].flat()) take(item)
  }

  return {
    node,
    shows: `${node.origin}/shown`,
    async follow(there) {
      const found = await node.get(`${there}/.well-known/webfinger?resource=${there}/`, { as: 'nobody' })
      const links = [term(JSON.parse(found.body), 'links')].flat()
      const href = String(
        term(
          links.find((link) => String(term(link, 'rel')).endsWith('#Service')),
          'href',
        ),
      )
      const document: unknown = JSON.parse((await node.get(href, { as: 'node' })).body)
      const [method] = [term(document, 'assertionMethod')].flat()
      origin = { document, key: String(term(method, 'publicKeyMultibase')) }
      const follow = activity(node.at.directory, 'Follow', is('follows anything') ? there : href, href)
      if (is('follows unsigned')) await unsigned(at('inbox'), follow)
      else await node.post(at('inbox'), follow)
    },
  }
}

function unsigned(inbox: string, follow: object): Promise<Answer> {
  const headers = new Headers({ 'content-type': 'application/activity+json' })
  return send(inbox, { method: 'POST', headers, body: JSON.stringify(follow), timeout: 5_000 })
}

async function anywhere(node: KitNode, url: string, options: GetOptions): Promise<Answer> {
  const answer = await node.get(url, options)
  const location = answer.headers['location']
  return location === undefined ? answer : node.get(location, options)
}
