import { rows } from '../../src/database/database.ts'
import type { PartnerNews } from '../../src/jobs/queue.ts'
import { tellAdministrators } from '../../src/partners/news-steps.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { signIn } from '../support/sign-in.ts'
import { hostOf, subscribe } from './people.ts'

let north: TestNode
let south: TestNode

beforeAll(async () => {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice' } })
  await signIn(north, 'ann@north.example', 'administrator')
  await signIn(north, 'bethan@north.example', 'administrator')
  await signIn(north, 'member@north.example')
  await rows(north.app.db, `update account set language = 'cy' where mail = 'bethan@north.example'`)
  await subscribe(north, south)
})

beforeEach(() => {
  north.mails.splice(0)
})

async function tell(news: PartnerNews, partnerId: number | null): Promise<void> {
  await north.app.db.transaction((tx) => tellAdministrators(tx, news, partnerId))
  await north.app.db.transaction((tx) => tellAdministrators(tx, news, partnerId))
  expect(await north.settle()).toEqual([])
}

test('every administrator gets one mail, in her own language, and nobody else does', async () => {
  await tell('key-changed', 1)
  expect(north.mails.map(({ to }) => to).toSorted()).toEqual(['ann@north.example', 'bethan@north.example'])
  const [ann, bethan] = north.mails.toSorted((one, other) => one.to.localeCompare(other.to))
  expect(ann?.subject).toBe(`${hostOf(south)} shows another key than the one you compared`)
  expect(bethan?.subject).toBe(`Mae ${hostOf(south)} yn dangos allwedd wahanol i'r un a gymharwyd gennych`)
  for (const said of ['South Hospice', 'compare the key fingerprint', `${north.url}/administration/partners/1`])
    expect(ann?.text).toContain(said)
})

test('a mail about a hidden node says why, what people see meanwhile, and what to do', async () => {
  await rows(north.app.db, `update origin set hidden = true, trouble = 'root-differs' where origin_id = 1`)
  await tell('hidden', 1)
  const text = north.mails.find(({ to }) => to === 'ann@north.example')?.text
  for (const said of [
    'hides every listing of South Hospice',
    'What we hold is not what they signed',
    'do not find anyone of that node',
    'Tell the people who run it',
  ])
    expect(text).toContain(said)
})

test('each piece of news has its mail in both languages; news of the own node leads to the list', async () => {
  await tell('moved', 1)
  await tell('restored', null)
  const subjects = north.mails.map(({ subject }) => subject)
  expect(new Set(subjects).size).toBe(4)
  expect(subjects.join()).not.toMatch(/partners:|\{\{/)
  expect(north.mails.at(-1)?.text).toMatch(/\/administration\/partners\s/)
})

test('a node that is shown again before the mail is sent is not reported as hidden', async () => {
  await rows(north.app.db, 'update origin set hidden = false where origin_id = 1')
  await tell('hidden', 1)
  expect(north.mails).toEqual([])
})

test('news of a node that was forgotten, or for somebody who is no administrator any more, is not sent', async () => {
  await tell('moved', 999)
  expect(north.mails).toEqual([])
  await rows(north.app.db, `update account set role = 'member' where mail = 'ann@north.example'`)
  await tell('moved', 1)
  expect(north.mails.map(({ to }) => to)).toEqual(['bethan@north.example'])
})
