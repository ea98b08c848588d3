import { day, hour, later, minute } from '../../src/common/clock.ts'
import { rows } from '../../src/database/database.ts'
import { enqueue } from '../../src/jobs/queue.ts'
import { blockActor } from '../../src/safety/actions.ts'
import { saveFields } from '../../src/profile/actions.ts'
import { changeSaved, saveSearch } from '../../src/searches/actions.ts'
import { searchesOf } from '../../src/searches/views.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'
import { aFlag, aPartner, aProductManager, daysPass, savedRows, theyCome, theyGo } from './people.ts'

// The weekly mail: who is new in a search since the last one, and nobody twice.

let node: TestNode
let asha: Resident
let next = 100

beforeAll(async () => {
  node = await aNode()
  await aPartner(node)
  asha = await aResident(node)
  await theyCome(node, aProductManager(1, { name: 'Old Acquaintance' }))
})

beforeEach(async () => {
  await rows(node.app.db, 'delete from saved_search')
  node.mails.splice(0)
})

const someone = (name: string) => aProductManager((next += 1), { name })
const managers = { roles: ['product-manager'] }

async function save(query = {}, name = 'Managers', mails = true): Promise<void> {
  await saveSearch(node.app, asha, query, { name, mails })
}

async function weekPasses(): Promise<string> {
  node.mails.splice(0)
  expect(await daysPass(node, 8)).toEqual([])
  expect(node.mails.length).toBeLessThan(2)
  return node.mails[0]?.text ?? ''
}

it('a week later a mail names who came since, and not who was there before', async () => {
  await save(managers)
  await theyCome(node, someone('Bea New'), aProductManager(next + 500, { name: 'No Manager', hasOccupation: [] }))
  const text = await weekPasses()
  expect(node.mails[0]?.to).toBe('asha@north.example')
  expect(text).toContain('Bea New: Product manager')
  expect(text).toMatch(/http:\/\/127\.0\.0\.1:\d+\/directory\/[0-9a-z]{13}\n/)
  expect(text).not.toContain('Old Acquaintance')
  expect(text).not.toContain('No Manager')
})

it('nobody is named twice, and where nobody is new no mail comes', async () => {
  await save(managers)
  await theyCome(node, someone('Cai Once'))
  expect(await weekPasses()).toContain('Cai Once')
  expect(await weekPasses()).toBe('')
  await theyCome(node, someone('Dan Later'))
  const text = await weekPasses()
  expect(text).toContain('Dan Later')
  expect(text).not.toContain('Cai Once')
})

it('a job that a killed worker left behind sends no second mail in the week', async () => {
  await save(managers)
  await theyCome(node, someone('Cob First'))
  expect(await weekPasses()).toContain('Cob First')
  await theyCome(node, someone('Dee Next'))
  node.time = later(node.time, hour)
  node.mails.splice(0)
  await node.app.db.transaction((tx) => enqueue(tx, 'searches.send-digest', { accountId: asha.id }))
  expect([await node.settle(), node.mails]).toEqual([[], []])
  expect(await weekPasses()).toContain('Dee Next')
})

it('who came a moment before one mail is in the next one, and only there', async () => {
  await save(managers)
  const due = later(node.time, 7 * day)
  node.time = later(due, -3 * hour)
  await theyCome(node, someone('Del Settled'))
  node.time = later(due, -hour - minute)
  await theyCome(node, someone('Eos Moment'))
  node.time = due
  await node.runTimetable('searches.queue-digests')
  expect(await node.settle()).toEqual([])
  expect(node.mails.map(({ text }) => text.match(/Del Settled|Eos Moment/g))).toEqual([['Del Settled']])
  expect((await weekPasses()).match(/Del Settled|Eos Moment/g)).toEqual(['Eos Moment'])
})

it('who changes an answer is not new, but who leaves and comes back is', async () => {
  await save(managers)
  const person = someone('Efa First')
  await theyCome(node, person)
  await weekPasses()
  await theyCome(node, { ...person, name: 'Efa Changed' })
  expect(await weekPasses()).toBe('')
  await theyGo(node, person)
  await theyCome(node, person)
  expect(await weekPasses()).toContain('Efa First')
})

it('somebody of this node stays as old as she is, whatever she changes', async () => {
  const bob = await aResident(node, 'bob', { displayName: 'Bob Here' })
  await listed(node, bob, ['here'])
  await node.settle()
  await daysPass(node, 1)
  await save(managers)
  node.time = later(node.time, hour)
  await listed(node, bob, ['partners'])
  await node.settle()
  expect(await weekPasses()).not.toContain('Bob Here')
})

it('in a search for open people, whoever opens her flag is new', async () => {
  const person = someone('Fay Opens')
  await theyCome(node, person)
  await daysPass(node, 1)
  await save({ ...managers, open: true })
  await theyCome(node, { ...person, ...aFlag(node, person) })
  expect(await weekPasses()).toContain('Fay Opens')
  await theyCome(node, { ...person, ...aFlag(node, person), name: 'Fay Still' })
  expect(await weekPasses()).toBe('')
})

it('words are asked as in the directory: an error in typing is forgiven', async () => {
  await save({ text: 'Gwladys' })
  await theyCome(node, someone('Gwladis Harries'))
  expect(await weekPasses()).toContain('Gwladis Harries')
})

it('several searches come in one mail, each with its own people', async () => {
  await save(managers, 'Managers')
  await save({ text: 'Hedd' }, 'Hedd by name')
  await theyCome(node, someone('Hedd Wyn'))
  const text = await weekPasses()
  expect(text.match(/Hedd Wyn/g)).toHaveLength(2)
  expect(text.indexOf('Hedd by name')).toBeLessThan(text.indexOf('Managers'))
})

it('at most ten are named, and the mail says that there are more', async () => {
  await save(managers)
  await theyCome(node, ...Array.from({ length: 12 }, (_, index) => someone(`Crowd Number${index}`)))
  const text = await weekPasses()
  expect(text.match(/Crowd Number/g)).toHaveLength(10)
  expect(text).toContain('There are more.')
  expect(text).toContain('/directory?role=product-manager\n')
})

it('the mail comes in the language of its reader', async () => {
  await rows(node.app.db, `update account set language = 'cy' where id = $1`, [asha.id])
  await save(managers)
  await theyCome(node, someone('Ifan Newydd'))
  const text = await weekPasses()
  expect(node.mails[0]?.subject).toMatch(/^Newydd yn eich chwiliadau/)
  expect(text).toContain('Ifan Newydd: Rheolwr cynnyrch')
  await rows(node.app.db, `update account set language = 'en' where id = $1`, [asha.id])
})

it('nobody is named whom the reader may not see when the mail is written: blocked, gone, or she herself', async () => {
  await save(managers)
  const [blocked, gone] = [someone('Jac Blocked'), someone('Kim Gone')]
  await theyCome(node, blocked, gone, someone('Lou There'))
  await listed(node, asha, ['here'])
  await blockActor(node.app, { accountId: asha.id, actor: blocked.featuredObject, host: 'south.example' })
  await theyGo(node, gone)
  const text = await weekPasses()
  expect(text).toContain('Lou There')
  for (const name of ['Jac Blocked', 'Kim Gone', 'Asha Rao']) expect(text).not.toContain(name)
})

it('without a yes to mails none comes, and a yes later does not bring up the past', async () => {
  await save(managers, 'Managers', false)
  await theyCome(node, someone('Mel Meanwhile'))
  expect(await weekPasses()).toBe('')
  const [search] = await searchesOf(node.app.db, asha.id, node.time)
  await changeSaved(node.app, asha, search?.id ?? '', { name: 'Managers', mails: true })
  await theyCome(node, someone('Nia After'))
  const text = await weekPasses()
  expect(text).toContain('Nia After')
  expect(text).not.toContain('Mel Meanwhile')
})

it('a search for office hours near hers is asked with her clock, and waits while the clock is not known', async () => {
  const [near, far] = [someone('Rhun Near'), someone('Sora Far')]
  const inCountry = (person: typeof near, addressCountry: string) => ({
    ...person,
    worksFor: { ...person.worksFor, addressCountry },
  })
  await saveFields(node.app, asha.id, { country: 'US' }) // which has many clocks
  await save({ ...managers, hours: 'near' })
  await theyCome(node, inCountry(near, 'IE'), inCountry(far, 'NZ'))
  expect(await weekPasses()).toBe('')
  await saveFields(node.app, asha.id, { country: 'GB' })
  const text = await weekPasses()
  expect(text).toContain('Rhun Near')
  expect(text).not.toContain('Sora Far')
})

it('one POST of a mail program ends the mails, without a session, and the page does so too', async () => {
  await save(managers)
  await theyCome(node, someone('Oli Last'))
  const text = await weekPasses()
  const address = new URL(node.mails[0]?.unsubscribe ?? '')
  const answer = await fetch(address, {
    method: 'POST',
    body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
    headers: { 'sec-fetch-site': 'cross-site' },
  })
  expect([answer.status, await answer.text()]).toEqual([200, ''])
  expect((await savedRows(node)).map(({ mails }) => mails)).toEqual([false])

  await rows(node.app.db, 'update saved_search set mails = true')
  const stop = /\S+\/searches\/stop\?token=\S+/.exec(text)?.[0] ?? ''
  const reader = aReader(node.url)
  expect((await reader.get(stop)).text).toContain('Stop the weekly emails?')
  expect((await reader.get(address.pathname + address.search)).text).toContain('Stop the weekly emails?')
  expect((await savedRows(node)).map(({ mails }) => mails)).toEqual([true])
  const { searchParams } = new URL(stop)
  const done = await reader.post('/searches/stop', { token: searchParams.get('token') ?? '' })
  expect(done.text).toContain('No more weekly emails come')
  expect((await savedRows(node)).map(({ mails }) => mails)).toEqual([false])
})

it('a token for one use or one person is none for another', async () => {
  await save(managers)
  const [row] = await savedRows(node)
  for (const token of ['', 'x', `${asha.id}.${'0'.repeat(64)}`, `${String(row?.['id'])}.x`]) {
    const url = `${node.url}/searches/stop/now?token=${encodeURIComponent(token)}`
    expect((await fetch(url, { method: 'POST' })).status).toBe(410)
    expect((await fetch(`${node.url}/searches/renew?token=${encodeURIComponent(token)}`)).status).toBe(410)
  }
  expect((await savedRows(node)).map(({ mails }) => mails)).toEqual([true])
})

it('nobody whose account is closed gets a mail, and her searches are forgotten', async () => {
  const pat = await aResident(node, 'pat')
  await saveSearch(node.app, pat, managers, { name: 'Managers', mails: true })
  await theyCome(node, someone('Quin Unseen'))
  await rows(node.app.db, `update account set state = 'closed' where id = $1`, [pat.id])
  expect(await weekPasses()).toBe('')
  expect(await savedRows(node)).toEqual([])
})
