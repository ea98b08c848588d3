import { paths } from '../../src/common/paths.ts'
import { rows } from '../../src/database/database.ts'
import { ask } from '../../src/chats/actions.ts'
import { readyLines } from '../../src/chats/ask.ts'
import { aSlot, anOpenResident, chatIdOf, entryOf } from '../support/chats.ts'
import { aNode } from '../support/node.ts'
import { signIn } from '../support/sign-in.ts'

test('where the host lets nobody write, places and needs are chosen from sentences, and other words are kept nowhere', async () => {
  const node = await aNode({ time: new Date('2026-11-23T09:00:00Z'), settings: { SIDEWAYS_REQUEST_TEXT: 'false' } })
  const asker = await anOpenResident(node, 'ines', 'Ines Marsh')
  const other = await anOpenResident(node, 'otto', 'Otto Holt')
  await node.settle()
  const entry = await entryOf(node, 'Otto Holt')
  const line = (name: 'why' | 'hope' | 'bring'): string =>
    node.app.words.in('en')(`chats:ask.ready.${name}.${readyLines[name][0]}`)
  const lines = { why: line('why'), hope: line('hope'), bring: line('bring') }
  const { id } = await ask(node.app, asker.id, { entry, kind: 'first-chat', lines, times: [aSlot(node)] })
  const reader = await signIn(node, 'otto@north.example')
  const here = `${paths.answerChat(await chatIdOf(node, other))}?time=${encodeURIComponent('2026-11-26T10:00:00Z')}`
  const page = (await reader.get(here)).text
  expect(page).not.toContain('<textarea')
  expect(page).toContain('value="ring-me"')
  const free = await reader.post(here, { meetingPlace: 'Room okapi', accessNeeds: 'Ibis', flag: 'stay' })
  expect(free.status).toBe(400)
  await reader.post(here, { meetingPlace: 'ring-me', accessNeeds: ['captions', 'breaks'], flag: 'stay' })
  const hers = await signIn(node, 'ines@north.example')
  const shown = (await hers.get(paths.chat(id))).text
  expect(shown).toContain('Please ring the switchboard of my organisation and ask for me.')
  expect(shown).toContain('I need captions. I need short breaks.')
  const again = (await reader.get(paths.chatPlace(await chatIdOf(node, other)))).text
  expect(again.match(/ checked/g)).toHaveLength(3)
  expect(await rows(node.app.db, `select 1 from chat where chat::text ~* 'okapi|ibis'`)).toEqual([])
})
