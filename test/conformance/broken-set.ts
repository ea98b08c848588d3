import { manner, moved, ofType, pages, resigned, type OriginBreakage, type Right } from './breakage.ts'
import { inventFlag, inventPerson, type Person } from './kit/invented.ts'
import type { Places } from './kit/node.ts'

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
    ...pages((right) => ([right['orderedItems']].flat().length === 0 ? { ...right, seq: 0 } : right)),
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

/** Everything that can be wrong with what an origin says about its listings. */
export const brokenSets: readonly OriginBreakage[] = [...sets, ...news]

const inventedThere = { id: 'https://elsewhere.example/1', type: 'FeaturedItem', seq: 1 }

function longFlag(at: Places): Person {
  const person = inventPerson(at, 'Always open')
  return { ...person, peerChat: inventFlag(person.featuredObject, 180) }
}

function twoOf(right: Right): readonly unknown[] {
  const items = [right['orderedItems']].flat()
  return [...items, ...items]
}
