import { rootOf } from '../../../src/partners/set.ts'
import { settleChildren } from '../../support/node-child.ts'
import { firstDay, prepare, type Ground, type Place } from '../../soak/ground.ts'

export { firstDay }

/** Two nodes in processes of their own that read one another; `ground.begin()` makes them new. Ended after the test file. */
export function twoNodes(): {
  readonly north: Place
  readonly south: Place
  readonly ground: Ground
} {
  let ground: Ground | undefined
  beforeAll(async () => {
    const serverUrl = process.env['SIDEWAYS_TEST_SERVER']
    const template = process.env['SIDEWAYS_TEST_TEMPLATE']
    ground = await prepare({
      names: ['north', 'south'],
      hear: () => undefined,
      ...(serverUrl && template ? { on: { serverUrl, template } } : {}),
    })
  }, 300_000)
  afterAll(() => ground?.end())
  const place = (index: number): Place => {
    const found = ground?.places[index]
    if (!found) throw new Error('the nodes are there in tests only')
    return found
  }
  return {
    get ground() {
      if (!ground) throw new Error('the nodes are there in tests only')
      return ground
    },
    get north() {
      return place(0)
    },
    get south() {
      return place(1)
    },
  }
}

/** Runs the jobs of these nodes until nobody has anything left to do; whoever died is left alone. */
export async function settled(...places: readonly Place[]): Promise<void> {
  expect(await settleChildren(...places.map(({ child }) => child))).toEqual([])
}

/** Moves the clocks of these nodes. */
export async function at(time: Date, ...places: readonly Place[]): Promise<void> {
  for (const { child } of places) await child.tell('time', time)
}

/** Whom a reader who is signed in at a node sees of another one, with the time since when that is not confirmed. */
export async function seenAt(place: Place, origin: Place): Promise<readonly string[]> {
  const answer = await place.reader.get('/api/v1/listings', { accept: 'application/json' })
  expect(answer.status).toBe(200)
  // The shape of schemas/openapi.json.
  const { items } = JSON.parse(answer.text) as {
    readonly items: readonly { readonly name: string; readonly listedBy: string; readonly notConfirmedSince?: string }[]
  }
  return items
    .filter(({ listedBy }) => listedBy === origin.child.host)
    .map(({ name, notConfirmedSince: since }) => (since === undefined ? name : `${name}, not confirmed since ${since}`))
    .toSorted()
}

/** How a node's reading of another one stands. */
export async function readingAt(place: Place, origin: Place) {
  const found = (await place.child.tell('origins')).find(({ host }) => host === origin.child.host)
  if (!found) throw new Error(`${place.name} does not read ${origin.name}`)
  return found
}

/** A node holds of another one exactly what that one states to it, and shows it. */
export async function expectSame(place: Place, origin: Place): Promise<void> {
  const { root, epoch, hidden, trouble } = await readingAt(place, origin)
  const statement = await place.child.tell('statement', origin.child.host)
  expect({ root, epoch, hidden, trouble }).toEqual({
    root: statement.root,
    epoch: statement.epoch,
    hidden: false,
    trouble: null,
  })
}

/** The root of nothing. */
export const emptyRoot = rootOf([])
