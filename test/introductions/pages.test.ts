import { paths } from '../../src/common/paths.ts'
import { anOpenResident, entryOf } from '../support/chats.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

// Three people of one node, page by page.

let node: TestNode
let asha: SignedIn
let samir: SignedIn
let bronwen: SignedIn
const line = 'We both write plain words for tenants.'

beforeAll(async () => {
  node = await aNode()
  const names = { asha: 'Asha Quillan', samir: 'Samir Ostrow', bronwen: 'Bronwen Vaughan' }
  for (const [handle, name] of Object.entries(names)) await anOpenResident(node, handle, name)
  expect(await node.settle()).toEqual([])
  asha = await signIn(node, 'asha@north.example')
  samir = await signIn(node, 'samir@north.example')
  bronwen = await signIn(node, 'bronwen@north.example')
})

const idIn = (text: string): string => /\/me\/introductions\/([0-9a-z]+)"/.exec(text)?.[1] ?? ''

test('she looks for somebody by name, reads what each of them learns, and writes one line', async () => {
  const [target, by] = [await entryOf(node, 'Bronwen Vaughan'), await entryOf(node, 'Samir Ostrow')]
  expect((await asha.get(paths.entry(target))).text).toContain(`href="${paths.askIntroduction(target)}"`)
  const found = await asha.get(`${paths.askIntroduction(target)}?q=samir`)
  expect(found.text).toContain(`href="${paths.askIntroduction(target)}?by=${by}"`)
  expect(found.text).not.toContain('Ask Asha Quillan')
  const page = await asha.get(`${paths.askIntroduction(target)}?by=${by}`)
  expect(page.text).toContain('Bronwen Vaughan hears of it only if Samir Ostrow says yes')
  const linked = await asha.post(`${paths.askIntroduction(target)}?by=${by}`, { by, line: 'See https://x.example/1' })
  expect([linked.status, linked.text.includes('Leave the link out')]).toEqual([400, true])
  const sent = await asha.post(`${paths.askIntroduction(target)}?by=${by}`, { by, line })
  expect(sent.text).toContain('Samir Ostrow is asked.')
  expect(sent.text).toContain('You asked Samir Ostrow to introduce you to Bronwen Vaughan')
  const again = await asha.get(`${paths.askIntroduction(target)}?by=${by}`)
  expect(again.text).toContain('You have asked for this already.')
  const own = await asha.get(`${paths.askIntroduction(target)}?by=${await entryOf(node, 'Asha Quillan')}`)
  expect(own.text).toContain('You are one of the two yourself.')
  expect(await node.settle()).toEqual([])
})

test('who knows both, and then the third, says yes on a page, in either language; nobody else can look at it', async () => {
  const id = idIn((await samir.get(paths.introductions)).text)
  expect((await bronwen.get(paths.introductions)).text).toContain('There is no introduction now.')
  for (const path of [paths.introduction(id)]) expect((await bronwen.get(path)).status).toBe(404)
  expect((await bronwen.post(paths.agreeToIntroduction(id), {})).status).toBe(404)
  const page = await samir.get(paths.introduction(id))
  expect(page.text).toContain(line)
  const welsh = await samir.get(`${paths.introduction(id)}?lang=cy`)
  expect(welsh.text).toContain('Mae Asha Quillan yn gofyn i chi am gyflwyniad i Bronwen Vaughan')
  await samir.get(`${paths.introductions}?lang=en`)
  await samir.post(paths.agreeToIntroduction(id), {})
  expect((await samir.post(paths.agreeToIntroduction(id), {})).status).toBe(409)
  expect(await node.settle()).toEqual([])
  const hers = idIn((await bronwen.get(paths.introductions)).text)
  expect((await bronwen.get(paths.introduction(hers))).text).toContain('Who introduces')
  await bronwen.post(paths.agreeToIntroduction(hers), {})
  const list = await asha.get(paths.introductions)
  expect(list.text).toContain('Bronwen Vaughan would like to meet you.')
  const own = await asha.get(paths.introduction(idIn(list.text)))
  const ask = /href="(\/directory\/[^"]+\/ask\?by=[^"]+)"/.exec(own.text)?.[1] ?? ''
  expect((await asha.get(ask.replaceAll('&amp;', '&'))).status).toBe(200)
  expect(await node.settle()).toEqual([])
  const told = node.mails.filter(({ subject }) => /introduc|meet you/.test(subject)).map(({ to }) => to.split('@')[0])
  expect(told.toSorted((one, other) => (one ?? '').localeCompare(other ?? ''))).toEqual([
    'asha',
    'bronwen',
    'samir',
    'samir',
  ])
  for (const { text, html } of node.mails)
    expect([text.includes(line), html?.includes(line) ?? false]).toEqual([false, false])
})
