import { day, hour, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { accept, ask } from '../../src/chats/actions.ts'
import type { Slot } from '../../src/chats/chat.ts'
import { audienceNumber, keyOf } from '../../src/directory/order.ts'
import type { TestNode } from './node.ts'
import { aResident, listed, opened, type Resident } from './resident.ts'

/** Words that stand nowhere else, so that a test can look for them. */
export const chatWords = {
  why: 'Wherefore-zinnia: you run the sandpit too.',
  hope: 'Hopefully-quokka: how you say no.',
  bring: 'Bringing-narwhal: our decision log.',
  place: 'Place-okapi, room 4',
  access: 'Access-ibis, captions',
} as const

/** Somebody listed everywhere, with her flag up. */
export async function anOpenResident(node: TestNode, handle: string, name: string): Promise<Resident> {
  const who = await aResident(node, handle, { displayName: name, timeZone: 'Europe/London' })
  await listed(node, who, ['here', 'partners'])
  await opened(node, who)
  return who
}

/** What the page of a person is called in the directory of a node. */
export async function entryOf(node: TestNode, name: string): Promise<string> {
  const [found] = await rows<{ lid: string }>(
    node.app.db,
    `select lid::text as lid from directory_entry where audience = $2 and doc::jsonb ->> 'name' = $1`,
    [name, audienceNumber.members],
  )
  if (!found) throw new Error(`${name} is in no directory entry`)
  return keyOf(BigInt(found.lid))
}

/** Half an hour some days from now, at ten in UTC. */
export function aSlot(node: Pick<TestNode, 'time'>, days = 3): Slot {
  const midnight = later(node.time, -(node.time.getTime() % day))
  const from = later(midnight, days * day + 10 * hour)
  return { from, until: later(from, hour / 2) }
}

/** She asks whoever has that name in the directory of her node; the id of her record. */
export async function asked(node: TestNode, who: Resident, name: string, times = [aSlot(node)]): Promise<string> {
  const { why, hope, bring } = chatWords
  const entry = await entryOf(node, name)
  return (await ask(node.app, who.id, { entry, kind: 'first-chat', lines: { why, hope, bring }, times })).id
}

/** The newest record of a person. */
export async function chatIdOf(node: TestNode, who: Resident): Promise<string> {
  const [found] = await rows<{ id: string }>(
    node.app.db,
    'select id from chat where account_id = $1 order by made_at desc limit 1',
    [who.id],
  )
  if (!found) throw new Error('she has no chat')
  return found.id
}

/** She says yes to the time that was offered. */
export async function agreed(node: TestNode, who: Resident, slot = aSlot(node)): Promise<string> {
  const id = await chatIdOf(node, who)
  const { place, access } = chatWords
  await accept(node.app, who.id, id, { slot, place, access, flag: 'stay' })
  return id
}
