import type { NotNow } from '../../src/chats/ask-views.ts'
import { paths } from '../../src/common/paths.ts'
import { languages, loadWords } from '../../src/common/words.ts'
import { rows } from '../../src/database/database.ts'
import { aNode } from '../support/node.ts'
import { aResident, listed, opened } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

const reasons: Readonly<Record<NotNow, true>> = {
  'not-listed': true,
  'cannot-reach': true,
  'not-open': true,
  yourself: true,
  blocked: true,
  'already-open': true,
  'they-asked': true,
  'too-many-today': true,
  'told-no': true,
}

test('every reason why somebody cannot be asked is explained in both languages', async () => {
  const words = await loadWords(true)
  for (const language of languages)
    for (const reason of Object.keys(reasons))
      expect(words.in(language)(`chats:ask.refused.${reason}`, { name: 'Ben' })).not.toBe('')
})

test('where the host lets nobody write in her own words, a request is made of ready sentences, whatever a form sends', async () => {
  const node = await aNode({ settings: { SIDEWAYS_REQUEST_TEXT: 'false' } })
  const asha = await aResident(node, 'asha', { timeZone: 'Europe/London' })
  const ben = await aResident(node, 'ben', { displayName: 'Ben Vogel', organisation: 'Velden' })
  await listed(node, asha, ['here'])
  await listed(node, ben, ['here'])
  await opened(node, ben)
  const reader = await signIn(node, 'asha@north.example')
  const { text } = await reader.get(`${paths.directory}?text=Vogel`)
  const key = /href="\/directory\/([\w-]+)"><bdi>/.exec(text)?.[1] ?? ''
  await reader.post(paths.ask(key), { chatKind: 'first-chat', boundariesRead: 'yes' })
  const page = await reader.get(paths.askLines(key))
  expect(page.text).not.toContain('<textarea')
  expect(page.text).toContain('You do the same job as I do, in another place.')
  const own = await reader.post(paths.askLines(key), { why: 'My own words', hope: 'meet', bring: 'ear' })
  expect(own.status).toBe(400)
  expect(own.text).toContain('Choose a sentence: why this person')
  await reader.post(paths.askLines(key), { why: 'role', hope: 'meet', bring: 'ear' })
  const check = await reader.post(paths.askTimes(key), { times: '' })
  expect(check.url).toBe(paths.askCheck(key))
  // What was begun before the host decided so is asked for again.
  await rows(node.app.db, `update ask_draft set why = 'My own words'`)
  expect((await reader.post(paths.askCheck(key), {})).url).toBe(paths.askLines(key))
  await reader.post(`${paths.askLines(key)}?from=check`, { why: 'role', hope: 'meet', bring: 'ear' })
  expect((await reader.post(paths.askCheck(key), {})).text).toContain('Your request is on its way')
  expect(await rows(node.app.db, `select why, bring from chat where side = 'asked'`)).toEqual([
    { why: 'You do the same job as I do, in another place.', bring: 'Time to listen to what is on your mind.' },
  ])
})
