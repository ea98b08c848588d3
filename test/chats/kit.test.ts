import { paths } from '../../src/common/paths.ts'
import { concept, vocabulary } from '../../src/common/vocabularies.ts'
import { loadWords } from '../../src/common/words.ts'
import { kitOf, kitText, shownKit } from '../../src/chats/kit.ts'
import { minutesOf } from '../../src/chats/times.ts'
import { aReader } from '../support/browser.ts'
import { aNode } from '../support/node.ts'

const kinds = vocabulary('conversation-kinds').concepts.map(({ id }) => id)
const words = await loadWords(true)

test.each(kinds)('%s has a plan that fits its time, questions of the list, and words in both languages', (kind) => {
  const kit = kitOf(kind)
  if (!kit) throw new Error('no kit')
  const minutes = kit.steps.reduce((sum, step) => sum + step.minutes, 0)
  expect(minutes).toBeLessThanOrEqual(minutesOf(kind))
  expect(kit.questions.length).toBeGreaterThanOrEqual(5)
  for (const id of kit.questions) expect(concept('prompts', id)?.broader).toBeDefined()
  expect(new Set(kit.questions).size).toBe(kit.questions.length)
  for (const language of ['en', 'cy'] as const) {
    const t = words.in(language) // throws where a sentence is missing
    const shown = shownKit(kit, language, t)
    expect(shown.groups.flatMap(({ questions }) => questions)).toHaveLength(kit.questions.length)
    const text = kitText(shown, t)
    for (const { text: step } of shown.steps) expect(text).toContain(step)
    for (const { questions } of shown.groups) for (const question of questions) expect(text).toContain(question)
  }
})

test('a first chat takes 25 minutes: three cards for fifteen of them, and time to close', () => {
  const kit = kitOf('first-chat')
  expect(kit?.steps.reduce((sum, { minutes }) => sum + minutes, 0)).toBe(25)
  expect(kit?.steps).toContainEqual({ id: 'cards', minutes: 15 })
  expect(kit && shownKit(kit, 'en', words.in('en')).cards?.cards).toHaveLength(3)
})

test('in a three-way consult each of the three has fifteen minutes', () => {
  expect(kitOf('three-way-consult')?.steps.map(({ minutes }) => minutes)).toEqual([15, 15, 15])
})

test('nobody needs to sign in for a kit: page, large print and plain text, in both languages', async () => {
  const node = await aNode()
  const reader = aReader(node.url)
  const page = await reader.get(paths.kit('practice-swap'))
  expect(page.status).toBe(200)
  expect(page.text).toContain('Which small practice would you keep if you could keep only one?')
  expect(page.text).toContain('Before you meet')
  expect(page.text).not.toContain('sw-kit--large')
  expect((await reader.get(`${paths.kit('practice-swap')}?as=large`)).text).toContain('sw-kit--large')

  const text = await reader.get(`${paths.kit('reading-pair')}?as=text`)
  expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(text.text).toMatch(/^Reading pair\n\n/)
  expect(text.text).toContain('- Minute 0 to 3: Say hello')
  expect(text.text).not.toMatch(/[<>{}]/)
  const welsh = await reader.get(`${paths.kit('reading-pair')}?as=text&lang=cy`)
  expect(welsh.text).toMatch(/^Pâr darllen\n\n/)
  expect(welsh.headers.get('content-language')).toBe('cy')

  for (const unknown of ['toString', 'nothing']) expect((await reader.get(paths.kit(unknown))).status).toBe(404)
})
