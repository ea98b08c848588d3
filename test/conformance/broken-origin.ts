import { day, hour, instantOf, later, rfc3339, systemClock } from '../../src/common/clock.ts'
import type { CheckId } from './kit/checks.ts'
import type { Manner } from './kit/directory.ts'
import { inventFlag, inventPerson, signed, type Person } from './kit/invented.ts'
import { newStatementKey } from './kit/keys.ts'
import type { Places } from './kit/node.ts'
import { term } from './kit/wire.ts'
import { smallKeys, type OriginFaults } from './small-origin.ts'

/** One thing that is wrong with an origin, as the end of "an origin that ...", and the checks that must notice. */
export type OriginBreakage = OriginFaults & { readonly what: string; readonly fails: readonly CheckId[] }

type Right = Readonly<Record<string, unknown>>

const manner = (one: Manner): Pick<OriginFaults, 'manner'> => ({ manner: () => one })
const otherKey = newStatementKey()
const ofType =
  (type: string, change: (right: Right, at: Places) => object) =>
  (right: Right, at: Places): object =>
    right['type'] === type ? change(right, at) : right
const resigned = (change: (right: Right) => object): Pick<OriginFaults, 'manner'> => ({
  manner: (at) => ({ statement: (right) => signed({ ...right, ...change(right) }, at, smallKeys.statement) }),
})
const header = (name: string, value?: string): Pick<OriginFaults, 'manner'> =>
  manner({
    answer: ({ headers, ...right }) => {
      const { [name]: _old, ...rest } = headers ?? {}
      return { ...right, headers: value === undefined ? rest : { ...rest, [name]: value } }
    },
  })
const pages = (change: (right: Right) => object): Pick<OriginFaults, 'manner'> => manner({ page: change })
/** Lets somebody in besides those who may. */
const letsIn = (test: (fault: string) => boolean): Pick<OriginFaults, 'manner'> =>
  manner({ lets: (right, verdict) => right || ('fault' in verdict && test(verdict.fault)) })

const all404: readonly CheckId[] = [
  'origin.unsigned',
  'origin.unapproved',
  'origin.wrong-key',
  'origin.tampered',
  'origin.query',
  'origin.stale',
  'origin.other-actor',
  'origin.parameters',
  'origin.undo',
]

const actor: readonly OriginBreakage[] = [
  {
    what: 'has no WebFinger',
    fails: ['origin.webfinger'],
    document: (right) => ('links' in right ? { ...right, links: [] } : right),
  },
  {
    what: 'is a Person',
    fails: ['origin.actor'],
    document: ofType('Service', (right) => ({ ...right, type: 'Person' })),
  },
  {
    what: 'does not say that it speaks this protocol',
    fails: ['origin.actor'],
    document: ofType('Service', (right) => ({ ...right, generator: { implements: [] } })),
  },
  {
    what: 'has its outbox on another host',
    fails: ['origin.one-origin'],
    document: ofType('Service', (right) => ({ ...right, outbox: 'https://elsewhere.example/out' })),
  },
  {
    what: 'has a key of somebody else',
    fails: ['origin.keys'],
    document: ofType('Service', (right, at) => ({
      ...right,
      assertionMethod: [right['assertionMethod']].flat().map((key) => ({ ...Object(key), controller: at.node })),
    })),
  },
  {
    what: 'has an RSA key without an owner',
    fails: ['origin.keys', 'origin.signed'],
    document: ofType('Service', (right) => ({
      ...right,
      publicKey: { ...Object(right['publicKey']), owner: undefined },
    })),
  },
  {
    what: 'has an organisation without a name',
    fails: ['origin.organisation'],
    document: ofType('Organization', (right) => ({ ...right, name: undefined })),
  },
]

const strangers: readonly OriginBreakage[] = [
  { what: 'answers unsigned requests', fails: ['origin.unsigned'], ...letsIn((fault) => fault === 'is not signed') },
  {
    what: 'says 401 to strangers',
    fails: all404,
    ...manner({ refusal: () => ({ status: 401 }) }),
  },
  {
    what: 'has another 404 for strangers than for unknown addresses',
    fails: all404,
    ...manner({ refusal: () => ({ status: 404, headers: { 'content-type': 'text/plain' }, body: 'no' }) }),
  },
  {
    what: 'gives strangers a header more than unknown addresses',
    fails: all404,
    ...manner({ refusal: (right) => ({ ...right, headers: { 'cache-control': 'private, no-store' } }) }),
  },
  {
    what: 'answers every directory that signs',
    fails: ['origin.unapproved', 'origin.other-actor', 'origin.undo'],
    ...manner({ lets: (_right, verdict) => 'actor' in verdict }),
  },
  {
    what: 'does not look whose key it was',
    fails: ['origin.wrong-key', 'origin.tampered'],
    ...letsIn((fault) => fault.includes('did not make')),
  },
  {
    what: 'lets the query be unsigned',
    fails: ['origin.query'],
    ...letsIn((fault) => fault.includes('leaves out the query')),
  },
  { what: 'takes signatures of any age', fails: ['origin.stale'], ...letsIn((fault) => fault.includes('too old')) },
  {
    what: 'guesses what a parameter may mean',
    fails: ['origin.parameters'],
    ...manner({ refusal: (right, { query }) => (query.get('bucket') === '3F' ? { status: 200, body: '{}' } : right) }),
  },
]

const answers: readonly OriginBreakage[] = [
  {
    what: 'never answers a Follow',
    fails: ['origin.accept'],
    says: (right) => (right['type'] === 'Accept' ? 'nothing' : right),
  },
  { what: 'rejects', fails: ['origin.accept'], says: ofType('Accept', (right) => ({ ...right, type: 'Reject' })) },
  {
    what: 'lets its node accept',
    fails: ['origin.accept'],
    says: ofType('Accept', (right, at) => ({ ...right, actor: at.node })),
  },
  {
    what: 'embeds another Follow',
    fails: ['origin.accept-embeds'],
    says: ofType('Accept', (right) => ({ ...right, object: { id: term(right, 'object', 'id'), type: 'Follow' } })),
  },
  {
    what: 'names the Follow only by its id',
    fails: ['origin.accept-embeds'],
    says: ofType('Accept', (right) => ({ ...right, object: term(right, 'object', 'id') })),
  },
  {
    what: 'answers a Follow only once',
    fails: ['origin.accept-again'],
    says: (right) => (String(term(right, 'object', 'id')).endsWith('-again') ? 'nothing' : right),
  },
  { what: 'signs no activity', fails: ['origin.signed'], says: () => 'unsigned' },
  { what: 'goes on after an Undo', fails: ['origin.undo'], ignores: 'Undo' },
]

const statements: readonly OriginBreakage[] = [
  {
    what: 'leaves out totalItems',
    fails: ['origin.statement', 'origin.reads'],
    ...resigned(() => ({ totalItems: undefined })),
  },
  {
    what: 'speaks for another directory',
    fails: ['origin.statement', 'origin.proof', 'origin.reissued'],
    ...resigned(() => ({ attributedTo: 'https://elsewhere.example/directory' })),
  },
  {
    what: 'signs with another key',
    fails: ['origin.proof', 'origin.reissued'],
    manner: (at) => ({ statement: (right) => signed(right, at, otherKey) }),
  },
  {
    what: 'changes the statement after it was signed',
    fails: ['origin.proof', 'origin.reissued'],
    manner: (at) => ({ statement: (right) => ({ ...signed(right, at, smallKeys.statement), note: 'more' }) }),
  },
  {
    what: 'gives leases of 30 days',
    fails: ['origin.lease'],
    ...resigned(() => ({ validUntil: rfc3339(later(systemClock(), 30 * day)) })),
  },
  { what: 'has a clock that is an hour ahead', fails: ['origin.lease'], ...resigned((right) => moved(right, hour)) },
  { what: 'keeps a statement for two days', fails: ['origin.lease'], ...resigned((right) => moved(right, -2 * day)) },
  { what: 'has no ETag', fails: ['origin.headers', 'origin.not-modified'], ...header('etag') },
  { what: 'lets caches keep documents', fails: ['origin.headers'], ...header('cache-control', 'max-age=60') },
  { what: 'calls its documents plain JSON', fails: ['origin.headers'], ...header('content-type', 'application/json') },
  {
    what: 'never says 304',
    fails: ['origin.not-modified'],
    ...manner({ answer: (right) => (right.status === 304 ? { ...right, status: 200, body: '{}' } : right) }),
  },
  {
    what: 'cannot be told what somebody holds',
    fails: ['origin.have'],
    ...manner({ answer: (right, { query }) => (query.has('root') ? { status: 400 } : right) }),
  },
]

const sets: readonly OriginBreakage[] = [
  { what: 'leaves out orderType', fails: ['origin.pages'], ...pages((right) => ({ ...right, orderType: undefined })) },
  {
    what: 'ignores the limit',
    fails: ['origin.pages', 'origin.pages-agree', 'origin.order'],
    ...manner({ page: (right, { limit }) => (limit === 1 ? { ...right, orderedItems: twoOf(right) } : right) }),
  },
  {
    what: 'leaves somebody out of small pages',
    fails: ['origin.pages-agree'],
    ...manner({ items: (right, { limit }) => (limit === 7 ? right.slice(1) : right) }),
  },
  {
    what: 'sorts the other way round',
    fails: ['origin.pages-agree', 'origin.order'],
    ...manner({ items: (right) => right.toReversed() }),
  },
  {
    what: 'lists somebody twice',
    fails: ['origin.pages', 'origin.order', 'origin.buckets', 'origin.root', 'origin.change', 'origin.withdrawal'],
    ...manner({ items: (right) => right.flatMap((item) => [item, item]).slice(0, 200) }),
  },
  {
    what: 'has no cursor on an empty page',
    fails: ['origin.cursor'],
    ...pages((right) =>
      right['orderedItems'] instanceof Array && right['orderedItems'].length === 0 ? { ...right, seq: 0 } : right,
    ),
  },
  {
    what: 'begins again when the cursor is too high',
    fails: ['origin.future-cursor'],
    ...manner({ items: (right, { after }) => (after > 1_000 ? [inventedThere] : right) }),
  },
  {
    what: 'has another epoch on its pages',
    fails: ['origin.epoch'],
    ...pages((right) => ({ ...right, epoch: 'another' })),
  },
  {
    what: 'lists somebody with a very long name',
    fails: ['origin.listing-schema'],
    lists: (at) => inventPerson(at, 'x'.repeat(61)),
  },
  {
    what: 'lists somebody with 9 KiB',
    fails: ['origin.listing-size'],
    lists: (at) => ({ ...inventPerson(at, 'Large'), more: 'x'.repeat(9_000) }),
  },
  {
    what: 'lists a person of another host',
    fails: ['origin.listing-home'],
    lists: (at) => inventPerson(at, 'Away', { featuredObject: 'https://elsewhere.example/people/1' }),
  },
  {
    what: 'lists somebody under another directory',
    fails: ['origin.listing-home'],
    lists: (at) => inventPerson(at, 'Theirs', { attributedTo: at.node }),
  },
  { what: 'lists somebody with a flag of half a year', fails: ['origin.listing-home'], lists: longFlag },
  {
    what: 'keeps the name in a tombstone',
    fails: ['origin.tombstones', 'origin.withdrawal'],
    tombstone: { name: 'Small 0' },
  },
  {
    what: 'forgets what a tombstone was',
    fails: ['origin.tombstones', 'origin.withdrawal'],
    tombstone: { formerType: 'Note' },
  },
  {
    what: 'counts its buckets wrongly',
    fails: ['origin.buckets'],
    ...manner({ buckets: (right) => ({ ...right, buckets: [right['buckets']].flat().toReversed() }) }),
  },
  {
    what: 'mixes up its buckets',
    fails: ['origin.bucket-pages'],
    ...manner({ items: (right, { bucket }) => (bucket === undefined ? right : right.slice(1)) }),
  },
  {
    what: 'states another root',
    fails: ['origin.root', 'origin.change', 'origin.withdrawal'],
    ...resigned(() => ({ root: 'ab'.repeat(32) })),
  },
  {
    what: 'counts tombstones as people',
    fails: ['origin.root', 'origin.change', 'origin.withdrawal'],
    ...resigned((right) => ({ totalItems: Number(right['totalItems']) + 1 })),
  },
]

const news: readonly OriginBreakage[] = [
  { what: 'never shows a change', fails: ['origin.change'], ignores: 'change' },
  { what: 'never shows a withdrawal', fails: ['origin.withdrawal'], ignores: 'withdrawal' },
  {
    what: 'signs an older date after a change',
    fails: ['origin.reissued'],
    ...resigned((right) => moved(right, -Number(right['seq']) * 60_000)),
  },
  {
    what: 'never rings',
    fails: ['origin.doorbell'],
    says: (right) => (right['type'] === 'Update' ? 'nothing' : right),
  },
  {
    what: 'rings without a seq',
    fails: ['origin.doorbell'],
    says: ofType('Update', (right, at) => ({ ...right, object: at.listings })),
  },
  {
    what: 'tells in the doorbell who changed',
    fails: ['origin.doorbell-silent'],
    says: ofType('Update', (right) => ({ ...right, summary: 'Small 3 changed' })),
  },
]

/** Everything that can be wrong with an origin, one thing at a time. */
export const originBreakages: readonly OriginBreakage[] = [
  ...actor,
  ...strangers,
  ...answers,
  ...statements,
  ...sets,
  ...news,
]

const inventedThere = { id: 'https://elsewhere.example/1', type: 'FeaturedItem', seq: 1 }

function moved(right: Right, milliseconds: number): object {
  const shift = (name: string): string => {
    const instant = instantOf(String(right[name]))
    if (!instant) throw new Error('a statement without its times')
    return rfc3339(later(instant, milliseconds))
  }
  return { issued: shift('issued'), validUntil: shift('validUntil') }
}

function longFlag(at: Places): Person {
  const person = inventPerson(at, 'Always open')
  return { ...person, peerChat: inventFlag(person.featuredObject, 180) }
}

function twoOf(right: Right): readonly unknown[] {
  const items = [right['orderedItems']].flat()
  return [...items, ...items]
}
