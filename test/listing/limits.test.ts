import { get } from 'node:http'
import { addresses } from '../../src/common/addresses.ts'
import { InvalidInput } from '../../src/common/errors.ts'
import { rows } from '../../src/database/database.ts'
import { signedGet } from '../../src/federation/signed.ts'
import { refresh } from '../../src/listing/actions.ts'
import { limitCopies } from '../../src/listing/limit-actions.ts'
import { limitOf } from '../../src/listing/limit-views.ts'
import { listingOf } from '../../src/listing/views.ts'
import { noLimit, type Limit } from '../../src/partners/limit.ts'
import { receipts } from '../../src/profile/views.ts'
import { hostOf, settleAll, shownAt, startAfresh, subscribe } from '../partners/people.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { checkPage, openBrowser } from '../support/pages.ts'
import { aResident, listed, type Resident } from '../support/resident.ts'
import { signIn } from '../support/sign-in.ts'

let north: TestNode
let south: TestNode
let east: TestNode
let asha: Resident

beforeAll(async () => {
  north = await aNode()
  south = await aNode({ settings: { SIDEWAYS_NAME: 'South Hospice', SIDEWAYS_COUNTRY: 'IE' } })
  east = await aNode({ settings: { SIDEWAYS_NAME: 'East College', SIDEWAYS_COUNTRY: 'GB' } })
})

let people = 0
beforeEach(async () => {
  for (const node of [north, south, east]) await startAfresh(node)
  await rows(north.app.db, 'delete from listing')
  await subscribe(south, north)
  await subscribe(east, north)
  people += 1
  asha = await aResident(north, `asha${people}`)
})

const notAtSouth = (): Limit => ({ hosts: [hostOf(south)], countries: null })
const save = (limit: Limit): Promise<void> => limitCopies(north.app, asha, limit, { language: 'en', channel: 'page' })
const settle = (): Promise<void> => settleAll(north, south, east)
const shown = async () => [await shownAt(south), await shownAt(east)]

async function herListing() {
  const listing = await listingOf(north.app.db, asha.id)
  if (!listing) throw new Error('she is not listed')
  return listing
}

test('a person who leaves a node out is gone there, and keeps her listing at the others under the same id', async () => {
  await listed(north, asha, ['here', 'partners'])
  await settle()
  expect(await shown()).toEqual([['Asha Rao'], ['Asha Rao']])
  const { id } = await herListing()
  await save(notAtSouth())
  await settle()
  expect(await shown()).toEqual([[], ['Asha Rao']])
  expect((await herListing()).id).toBe(id)
})

test('a limit that was chosen before the yes to partner nodes counts from the first moment', async () => {
  await save({ hosts: [], countries: ['IE'] })
  await listed(north, asha, ['partners'])
  await settle()
  expect(await shown()).toEqual([['Asha Rao'], []])
  const text = JSON.stringify(await rows(east.app.db, 'select id from copy'))
  expect(text).toBe('[]')
})

test('a node that is let in again reads her under a new id, and so does everybody else', async () => {
  await listed(north, asha, ['partners'])
  await save(notAtSouth())
  await settle()
  const { id, personId } = await herListing()
  await save(noLimit)
  await settle()
  expect(await shown()).toEqual([['Asha Rao'], ['Asha Rao']])
  const now = await herListing()
  expect(now.id).not.toBe(id)
  expect(now.personId).toBe(personId)
  expect(await limitOf(north.app.db, asha.id)).toEqual(noLimit)
})

test('a change of her profile keeps her limit', async () => {
  await listed(north, asha, ['partners'])
  await save(notAtSouth())
  await rows(north.app.db, `update profile set fields = fields || '{"displayName": "Asha R"}' where account_id = $1`, [
    asha.id,
  ])
  await refresh(north.app, asha.id)
  await settle()
  expect(await shown()).toEqual([[], ['Asha R']])
})

test('each change of a limit keeps a receipt that says it; the same again, and one without a yes, keep none', async () => {
  await save({ hosts: [], countries: ['IE', 'GB'] })
  expect(await receipts(north.app.db, asha.id)).toEqual([])
  await listed(north, asha, ['partners'])
  north.time = new Date('2026-11-22T10:00:00Z')
  await save({ hosts: [hostOf(south)], countries: ['GB'] })
  await save({ hosts: [hostOf(south)], countries: ['GB'] })
  const [newest, ...before] = await receipts(north.app.db, asha.id)
  expect(before).toHaveLength(1)
  expect(newest).toMatchObject({ purpose: 'partners', given: true, wordingVersion: 'partners.v1.en' })
  expect(newest?.wording).toContain(
    `Limited to nodes in these countries: United Kingdom. Not at these nodes: ${hostOf(south)}.`,
  )
})

test('a limit to no country at all is refused', async () => {
  await expect(save({ hosts: [], countries: [] })).rejects.toThrow(InvalidInput)
})

type Raw = { status: number | undefined; headers: object; body: string }
function raw(url: string, headers: Record<string, string>): Promise<Raw> {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const { date: _date, ...rest } = response.headers
        resolve({ status: response.statusCode, headers: rest, body: Buffer.concat(parts).toString('utf8') })
      })
    }).on('error', reject)
  })
}

/** A request signed by a node's directory, as it goes over the wire. */
async function signed(node: TestNode, url: string): Promise<Raw> {
  let sent: Record<string, string> = {}
  const outbound = {
    fetch: async (request: Request, options?: { sign?: (request: Request) => Promise<Request> }) => {
      sent = Object.fromEntries((options?.sign ? await options.sign(request) : request).headers)
      return { status: 0, headers: new Headers(), url, body: Buffer.alloc(0) }
    },
    close: async () => undefined,
  }
  await signedGet({ ...node.app, outbound }, 'directory', url)
  return raw(url, sent)
}

test('a node that she left out gets for her person what an unknown name gives; another one reads her', async () => {
  await listed(north, asha, ['partners'])
  await settle()
  const { personId } = await herListing()
  const person = addresses(north.url).person(personId)
  const unknown = addresses(north.url).person('0'.repeat(personId.length))
  expect((await signed(south, person)).status).toBe(200)
  await save(notAtSouth())
  expect((await signed(east, person)).status).toBe(200)
  const answer = await signed(south, person)
  expect(answer.status).toBe(404)
  expect(answer).toEqual(await signed(south, unknown))
})

test('somebody who is public as well can still be read by everyone, the node that she left out included', async () => {
  await listed(north, asha, ['partners', 'public'])
  await save(notAtSouth())
  await settle()
  const { personId } = await herListing()
  expect((await signed(south, addresses(north.url).person(personId))).status).toBe(200)
  expect(await shownAt(south)).toEqual([])
})

describe('the page', () => {
  test('offers the countries and the nodes that there are, says what happens, and keeps what is ticked', async () => {
    const reader = await signIn(north, `${asha.handle}@north.example`)
    const first = await reader.get('/me/listing/limits')
    for (const text of [
      'South Hospice',
      'East College',
      hostOf(south),
      'Ireland',
      'United Kingdom',
      'cannot find you now',
    ])
      expect(first.text).toContain(text)
    await listed(north, asha, ['partners'])
    const after = await reader.post('/me/listing/limits', {
      countries: ['IE', 'XX'],
      hosts: [hostOf(east), 'unknown.example'],
    })
    expect(after.url).toBe('/me/listing/where')
    expect(after.text).toContain('Saved.')
    expect(await limitOf(north.app.db, asha.id)).toEqual({ hosts: [hostOf(east)], countries: ['IE'] })
    const again = await reader.get('/me/listing/limits')
    expect(again.text).toMatch(/value="IE" checked/)
    expect(again.text).not.toContain('Your page is public')
    expect((await reader.get('/me/listing')).text).toContain('href="/me/listing/limits"')
    expect((await reader.get('/me/listing/partners')).text).toContain('href="/me/listing/limits"')
  })

  test('asks for a country where some are wanted and none is ticked', async () => {
    const reader = await signIn(north, `${asha.handle}@north.example`)
    const answer = await reader.post('/me/listing/limits', { countries: [''] })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('Choose at least one country, or choose any country')
    expect(answer.text).toContain('href="#countries"')
  })

  test('tells a public person that everyone still reads her page', async () => {
    await listed(north, asha, ['partners', 'public'])
    const reader = await signIn(north, `${asha.handle}@north.example`)
    expect((await reader.get('/me/listing/limits')).text).toContain('Your page is public')
  })

  test.each(['en', 'cy'] as const)('can be used by everybody, in %s, on a narrow screen', async (language) => {
    await listed(north, asha, ['partners', 'public'])
    const reader = await signIn(north, `${asha.handle}@north.example`)
    await reader.post('/language', { language, back: '/me/listing/limits' })
    const page = await openBrowser({ origin: north.url, width: 320, language, reader })
    await page.goto('/me/listing/limits')
    await checkPage(page, `limits in ${language}`)
    await page.locator('input[value="any"]').uncheck()
    await page.locator('form[action="/me/listing/limits"] button').click()
    await checkPage(page, `limits with a fault in ${language}`)
    await page.locator('input[type="checkbox"][name="countries"]').first().check()
    await page.locator('input[type="checkbox"][name="hosts"]').first().check()
    await page.locator('form[action="/me/listing/limits"] button').click()
    await page.waitForURL('**/me/listing/where')
    await page.goto('/me/listing/limits')
    await checkPage(page, `limits that are chosen in ${language}`)
  })
})
