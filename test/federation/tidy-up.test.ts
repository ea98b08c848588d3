import { day, hour, later } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { aNode, type TestNode } from '../support/node.ts'

let node: TestNode
const began = new Date('2026-11-22T09:00:00Z')

beforeAll(async () => {
  node = await aNode({ time: began })
})

async function sent(id: string, sender: string, giveUpAfter: number, state = 'delivered'): Promise<void> {
  const { db } = node.app
  await rows(
    db,
    `insert into outgoing_activity (id, sender, body, made_at, give_up_at) values ($1, $2, '{}', $3, $4)`,
    [id, sender, began, later(began, giveUpAfter)],
  )
  await rows(
    db,
    `insert into delivery (id, activity_id, inbox, state, updated_at) values ($1, $1, 'https://south.example/inbox', $2, $3)`,
    [id, state, began],
  )
}

async function left(): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(node.app.db, 'select activity_id as id from delivery order by id')
  return found.map(({ id }) => id)
}

test('a doorbell that rang at thousands is forgotten the day after; what people and answers sent, after a month', async () => {
  await sent('doorbell', 'directory', hour)
  await sent('waiting doorbell', 'directory', hour, 'waiting')
  await sent('accept', 'directory', 30 * day)
  await sent('update', 'person', 2 * day)
  node.time = later(began, day)
  await node.runTimetable('federation.tidy-up')
  expect(await left()).toEqual(['accept', 'doorbell', 'update', 'waiting doorbell'])
  node.time = later(began, day + 2 * hour)
  await node.runTimetable('federation.tidy-up')
  expect(await left()).toEqual(['accept', 'update', 'waiting doorbell'])
  node.time = later(began, 31 * day)
  await node.runTimetable('federation.tidy-up')
  expect(await left()).toEqual(['waiting doorbell'])
})
