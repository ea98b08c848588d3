import { day, hour, later, rfc3339, systemClock } from '../../src/common/clock.ts'
import { header, letsIn, manner, moved, ofType, otherKey, resigned, type OriginBreakage } from './breakage.ts'
import { brokenSets } from './broken-set.ts'
import type { CheckId } from './kit/checks.ts'
import { signed } from './kit/invented.ts'
import { term } from './kit/wire.ts'
import { smallKeys } from './small-origin.ts'

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

/** Everything that can be wrong with an origin, one thing at a time. */
export const originBreakages: readonly OriginBreakage[] = [
  ...actor,
  ...strangers,
  ...answers,
  ...statements,
  ...brokenSets,
]
