import fc from 'fast-check'
import { rows } from '../../src/database/database.ts'
import {
  decideFollower,
  followerMoved,
  forgetFollower,
  loseFollower,
  receiveFollower,
} from '../../src/federation/follower-actions.ts'
import { withFollow, withoutFollow } from '../../src/federation/follower.ts'
import { listingOf } from '../../src/listing/views.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed } from '../support/resident.ts'

// Whatever the order in which Follow, Undo, Move and Delete of one server arrive, and however often each does, the end is what that
// server meant: its last word.

let node: TestNode
let personId: string
let made = 0

beforeAll(async () => {
  node = await aNode()
  const asha = await aResident(node)
  await listed(node, asha, ['public'])
  personId = (await listingOf(node.app.db, asha.id))?.personId ?? ''
})

type Event =
  | { readonly kind: 'follow' | 'undo'; readonly number: number }
  | { readonly kind: 'gone' }
  | { readonly kind: 'move' | 'follow-new' }

const inbox = 'https://social.example/inbox'

async function arrive(actor: string, event: Event): Promise<void> {
  const id = (number: number): string => `${actor}/follows-${number}`
  const asked = { personId, handle: null, inbox, sharedInbox: null }
  if (event.kind === 'follow') return receiveFollower(node.app, { ...asked, actor, followId: id(event.number) })
  if (event.kind === 'undo') return loseFollower(node.app, actor, personId, id(event.number))
  if (event.kind === 'gone') return forgetFollower(node.app, actor)
  if (event.kind === 'move') return followerMoved(node.app, actor, `${actor}-new`)
  return receiveFollower(node.app, { ...asked, actor: `${actor}-new`, followId: `${actor}-new/follow` })
}

async function followersNow(actor: string): Promise<readonly string[]> {
  const found = await rows<{ actor: string; state: string }>(
    node.app.db,
    'select actor, state from follower where starts_with(actor, $1) order by actor',
    [actor],
  )
  return found.map(({ actor: who, state }) => `${who.slice(actor.length)}:${state}`)
}

/** Some of these again, and all of them in any order. */
function mixed(events: readonly Event[]): fc.Arbitrary<readonly Event[]> {
  return fc
    .subarray([...events])
    .chain((again) => fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }))
}

// Follow, Undo, Follow, Undo …: as a person changes her mind.
const said = fc.integer({ min: 1, max: 5 }).chain((length) => {
  const events = Array.from({ length }, (_, index): Event => ({
    kind: index % 2 === 0 ? 'follow' : 'undo',
    number: Math.floor(index / 2),
  }))
  return fc.tuple(fc.constant(events), mixed(events))
})

test('any order of Follow and Undo ends where the last word stands', async () => {
  await fc.assert(
    fc.asyncProperty(said, async ([meant, arrived]) => {
      made += 1
      const actor = `https://social.example/users/u${made}`
      for (const event of arrived) await arrive(actor, event)
      expect(await followersNow(actor)).toEqual(meant.at(-1)?.kind === 'follow' ? [':waiting'] : [])
    }),
    { numRuns: 120 },
  )
})

test('what arrives at the same moment ends there as well', async () => {
  await fc.assert(
    fc.asyncProperty(said, async ([meant, arrived]) => {
      made += 1
      const actor = `https://social.example/users/u${made}`
      await Promise.all(arrived.map((event) => arrive(actor, event)))
      expect(await followersNow(actor)).toEqual(meant.at(-1)?.kind === 'follow' ? [':waiting'] : [])
    }),
    { numRuns: 40 },
  )
})

test('a follower whom she let in and who moves is let in under the new account, whichever of Move and Follow comes first', async () => {
  const events: readonly Event[] = [{ kind: 'move' }, { kind: 'follow-new' }]
  await fc.assert(
    fc.asyncProperty(mixed(events), fc.constantFrom('accepted', 'rejected'), async (arrived, answer) => {
      made += 1
      const actor = `https://social.example/users/u${made}`
      await arrive(actor, { kind: 'follow', number: 1 })
      const [kept] = await rows<{ id: string }>(node.app.db, 'select id from follower where actor = $1', [actor])
      await decideFollower(node.app, personId, kept?.id ?? '', answer)
      for (const event of arrived) await arrive(actor, event)
      expect(await followersNow(actor)).toEqual([`-new:${answer}`])
    }),
    { numRuns: 40 },
  )
})

test('after a Delete nobody follows any more, in whatever order the rest arrives', async () => {
  await fc.assert(
    fc.asyncProperty(said, async ([, arrived]) => {
      made += 1
      const actor = `https://social.example/users/u${made}`
      await arrive(actor, { kind: 'follow', number: 99 })
      await arrive(actor, { kind: 'gone' })
      for (const event of arrived) await arrive(actor, event)
      expect(await followersNow(actor)).toEqual([])
    }),
    { numRuns: 30 },
  )
})

test('a Follow that was sent again ends with one Undo an hour later, and a late Undo of the first ends nothing newer', () => {
  const first = withFollow([], { id: 'a', at: new Date('2026-11-03T08:00:00Z') })
  const both = withFollow(first, { id: 'b', at: new Date('2026-11-03T08:01:00Z') })
  expect(withoutFollow(both, 'b', new Date('2026-11-03T10:00:00Z'))).toEqual([])
  expect(withoutFollow(both, 'a', new Date('2026-11-03T23:00:00Z')).map(({ id }) => id)).toEqual(['b'])
})
