import { randomUUID } from 'node:crypto'
import { hour, later } from '../../src/common/clock.ts'
import { aRemotePerson, aStrangersServer } from '../support/attacker.ts'
import { aNode } from '../support/node.ts'
import { post } from './inbox-post.ts'

// Whoever writes chooses the id of a key that another server is then asked for.

test('made-up keys of an actor that is known are asked for so often in an hour, and the right key as before', async () => {
  const node = await aNode()
  const west = await aStrangersServer()
  const known = aRemotePerson(west, 'known')
  const says = async (keyId = `${known}#main-key`): Promise<number> => {
    const like = {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${west.origin}/likes/${randomUUID()}`,
      type: 'Like',
      actor: known,
      object: node.url,
    }
    return (await post(node, west, known, JSON.stringify(like), { keyId })).status
  }
  expect(await says()).toBe(202)
  const statuses: number[] = []
  for (let count = 0; count < 70; count += 1)
    statuses.push(await says(count % 2 === 0 ? `${known}#${count}` : `${known}/${count}`))
  expect(statuses.filter((status) => status === 429)).toHaveLength(10)
  expect(west.requests.length).toBeLessThanOrEqual(61)
  expect(await says()).toBe(202)
  node.time = later(node.time, 7 * hour) // longer than a key is believed
  for (let count = 0; count < 70; count += 1) await says(`${known}#again${count}`)
  expect(await says()).toBe(202)
  await west.close()
})
