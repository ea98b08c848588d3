// The states of a chat, through every order in which two sides can act, hear late, hear twice, and be asked by the clock.
import fc from 'fast-check'
import { isOpen, received, requestedExchange, stateOf, type Exchange, type Side } from '../../src/chats/chat.ts'
import { asked, early, isQuiet, keyOf, late, nextWorlds, nowOf, type World } from '../support/chat-model.ts'

/** From which state, and by what, each was reached first; undefined for the first one. */
type Came = Map<string, readonly [from: string, what: string] | undefined>
type Walk = { readonly states: number; readonly quiet: number; readonly endings: ReadonlySet<string> }

/** Walks through everything that can happen, each state once, and judges each. */
function walk(from: World): Walk {
  const start = keyOf(from)
  const open: (readonly [key: string, world: World])[] = [[start, from]]
  const came: Came = new Map([[start, undefined]])
  let quiet = 0
  const endings = new Set<string>()
  for (let found = open.pop(); found !== undefined; found = open.pop()) {
    const [known, world] = found
    if (isQuiet(world)) {
      quiet += 1
      endings.add(oneTruth(world, came))
    }
    hearsTwiceAsOnce(world)
    for (const [what, next] of nextWorlds(world)) {
      staysClosed(world, next, what)
      const key = keyOf(next)
      if (came.has(key)) continue
      came.set(key, [known, what])
      open.push([key, next])
    }
  }
  return { states: came.size, quiet, endings }
}

function seen({ plan, words }: Exchange): unknown {
  return { plan, words }
}

// Where it stands is the same for both; while it is open, so is every word and time of it.
function oneTruth(world: World, came: Came): string {
  const now = nowOf(world, 'asker')
  const [one, other] = [stateOf(world.asker.exchange, now), stateOf(world.asked.exchange, now)]
  if (one !== other || (isOpen(world.asker.exchange, now) && !isSame(world)))
    throw new Error(
      `${one} and ${other}: ${JSON.stringify([world.asker.exchange, world.asked.exchange])} after ${storyOf(world, came)}`,
    )
  return one
}

function isSame({ asker, asked: otherSide }: World): boolean {
  return JSON.stringify(seen(asker.exchange)) === JSON.stringify(seen(otherSide.exchange))
}

function storyOf(world: World, came: Came): string {
  const story: string[] = []
  for (let step = came.get(keyOf(world)); step !== undefined; step = came.get(step[0])) story.unshift(step[1])
  return story.join('; ')
}

function hearsTwiceAsOnce(world: World): void {
  for (const [from, to] of [
    ['asker', 'asked'],
    ['asked', 'asker'],
  ] as const satisfies readonly (readonly [Side, Side])[])
    for (const message of world[from].onTheWay) {
      const once = received(world[to].exchange, from, message, nowOf(world, to)).exchange
      const twice = received(once, from, message, nowOf(world, to)).exchange
      if (once !== twice && JSON.stringify(once) !== JSON.stringify(twice))
        throw new Error(`${message.type} twice is not the same as once: ${JSON.stringify([once, twice])}`)
    }
}

const closed = new Set(['declined', 'withdrawn', 'lapsed', 'called-off'])

function staysClosed(before: World, after: World, what: string): void {
  for (const side of ['asker', 'asked'] as const) {
    const [was, is] = [before[side].exchange, after[side].exchange]
    if (closed.has(was.standing) && !closed.has(is.standing)) throw new Error(`${what} opens what was ${was.standing}`)
    if (is.standing === 'arranged' && is.plan.slot === null) throw new Error(`${what} arranges without a time`)
  }
}

test.each([
  ['a time was offered', [early], 3, 1],
  ['two times were offered, and nothing comes twice', [early, late], 4, 0],
  ['no time was offered', [], 3, 1],
])(
  'whatever happens in whatever order, both sides stand at the same in the end: %s',
  (_what, offered, deeds, doubles) => {
    const { states, quiet, endings } = walk(asked(offered, deeds, doubles))
    expect(states).toBeGreaterThan(10_000)
    expect(quiet).toBeGreaterThan(300)
    expect([...endings].toSorted()).toEqual(
      ['accepted', 'arranged', 'called-off', 'declined', 'ended', 'lapsed', 'requested', 'withdrawn'].toSorted(),
    )
  },
  120_000,
)

// Longer than every order can be tried: what happens next is drawn, until nothing is left to be heard.
test('two sides that go on for long, with much that comes twice, stand at the same in the end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(), { minLength: 20, maxLength: 150 }),
      fc.constantFrom([], [early], [early, late]),
      (draws, offered) => {
        let world = asked(offered, 40, 15)
        for (const draw of draws) world = step(world, draw)
        for (let left = 0; left < 500 && !isQuiet(world); left += 1)
          world = step({ ...world, deeds: 0, doubles: 0 }, left)
        expect(isQuiet(world)).toBe(true)
        oneTruth(world, new Map())
      },
    ),
    { numRuns: 2_000 },
  )
}, 60_000)

function step(world: World, draw: number): World {
  const next = nextWorlds(world)
  // Time goes last, or hardly anything would happen before its end.
  const timeless = next.filter(([what]) => !what.startsWith('time') || draw % 23 === 0)
  const from = timeless.length > 0 ? timeless : next
  return from[draw % from.length]?.[1] ?? world
}

test('a request that nobody answers has lapsed on both sides at the same moment', () => {
  const exchange = requestedExchange([early], early.from)
  expect(stateOf(exchange, new Date(early.from.getTime() - 1))).toBe('requested')
  expect(stateOf(exchange, early.from)).toBe('lapsed')
})
