import { rows } from '../../src/database/database.ts'
import { addressOf, wideningsOf } from '../../src/directory/query.ts'
import { indexEntries } from '../../src/directory/steps.ts'
import { aReader } from '../support/browser.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { addOrigin, inventedPerson } from '../support/people.ts'
import { signIn, type SignedIn } from '../support/sign-in.ts'

// The search form: which choices it offers, with which numbers, and what the address says of them.

let node: TestNode
let member: SignedIn
const form = (html: string): string => /<form method="get"[\s\S]*?<\/form>/.exec(html)?.[0] ?? ''
const optionsOf = (html: string, name: string): string[] => {
  const list = new RegExp(`<select[^>]* name="${name}">[\\s\\S]*?</select>`).exec(html)?.[0] ?? ''
  return [...list.matchAll(/<option value="([^"]+)">([^<]*)/g)].map(([, value = '', text = '']) => `${value}: ${text}`)
}

beforeAll(async () => {
  node = await aNode()
  await addOrigin(node.app.db, 7, 'peers.south.example')
  member = await signIn(node, 'asha@north.example')
  const of = (country: string, tag: string, level: 'easy' | 'slow', first: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      originId: 7,
      audience: 'members' as const,
      document: inventedPerson(first + index, 'https://peers.south.example', {
        worksFor: { type: 'Organization', name: 'Velden', addressCountry: country },
        knowsLanguage: [{ tag, level }],
      }),
    }))
  const people = [...of('DE', 'de', 'easy', 0, 12), ...of('IE', 'de', 'slow', 20, 11), ...of('NZ', 'en', 'easy', 40, 3)]
  await node.app.db.transaction((tx) => indexEntries(tx, node.app.secrets.order, people))
})

async function says(fields: Readonly<Record<string, unknown>>): Promise<void> {
  await rows(
    node.app.db,
    `insert into profile (account_id, handle, fields, audience, updated_at) values ($1, null, $2, '{}', $3)
     on conflict (account_id) do update set fields = excluded.fields`,
    [member.accountId, JSON.stringify(fields), node.time],
  )
}

test('each choice has its number of people, none below ten is told, and what nobody has is left out', async () => {
  const { text: html } = await member.get('/directory')
  expect(optionsOf(html, 'country')).toEqual([
    'DE: Germany (12)',
    'IE: Ireland (11)',
    'NZ: New Zealand (fewer than 10)',
  ])
  expect(optionsOf(html, 'language')).toEqual(['en: English (fewer than 10)', 'de: German (23)'])
  expect(optionsOf(html, 'speaks')).toEqual(['en: English (fewer than 10)', 'de: German (12)'])
  expect(form(html)).not.toMatch(/\(\d\)/)
  const { text: all } = await member.get('/directory?choices=all')
  expect(optionsOf(all, 'country').length).toBeGreaterThan(200)
  expect(optionsOf(all, 'country')).toContain('IS: Iceland')
})

test('a chosen country is a box, and the others can be added to it with the numbers that they would have alone', async () => {
  const { text: html } = await member.get('/directory?country=DE')
  expect(html).toMatch(/type="checkbox" id="country-DE" name="country" value="DE" checked/)
  expect(optionsOf(html, 'country')).toEqual(['IE: Ireland (11)', 'NZ: New Zealand (fewer than 10)'])
  expect(optionsOf(html, 'language')).toEqual(['de: German (12)'])
})

test('a stranger’s form offers nothing of what only members may see', async () => {
  const { text: html } = await aReader(node.url).get('/directory')
  expect(optionsOf(html, 'country')).toEqual([])
  expect(form(html)).not.toContain('Germany')
})

test('the address has only what was asked for, and says so to whoever keeps it', async () => {
  const { url, text: html } = await member.get(
    '/directory?text=&role=family%3Aproduct-and-delivery&sector=&country=IE&country=DE&onlyOne=',
  )
  expect(url).toBe('/directory?family=product-and-delivery&country=IE&country=DE')
  expect(html).toContain(
    `<link rel="canonical" href="${node.url}/directory?family=product-and-delivery&amp;country=IE&amp;country=DE">`,
  )
})

test('somebody who said when she works can ask for office hours near hers, and reads why', async () => {
  await says({ displayName: 'Asha', roles: ['product-manager'], country: 'GB', timeZone: 'Europe/London' })
  const { text: html } = await member.get('/directory?hours=near')
  expect(html).toContain('Remove </span>Office hours near yours')
  expect(html).toMatch(/name="hours"[^>]*value="near"[^>]*checked/)
  expect(optionsOf(html, 'country')).toEqual(['DE: Germany (12)', 'IE: Ireland (11)'])
  expect(html).toContain('Office hours overlap yours in at least part of: Germany')
  const api = await member.get('/api/v1/listings?hours=near', { accept: 'application/json' })
  expect(JSON.parse(api.text).total).toEqual({ value: 23, relation: 'equal' })
})

test('without her hours nobody is left out, and she reads what is missing', async () => {
  await says({ displayName: 'Asha', roles: ['product-manager'], country: 'AU' })
  const { text: html } = await member.get('/directory?hours=near')
  expect(html).toContain('your working hours are not known here')
  expect(html).toContain('href="/me/profile/hours"')
  expect(html).toContain('26 people')
  expect(html).not.toMatch(/name="hours"/)
  const { text: strangers } = await aReader(node.url).get('/directory?hours=near')
  expect(strangers).toContain('your working hours are not known here')
  const api = await member.get('/api/v1/listings?hours=near', { accept: 'application/json' })
  expect(api.status).toBe(400)
  expect(api.text).toContain('give your time zone and working hours')
})

test('an empty search can leave out the hours, and keeps them when something else is left out', async () => {
  await says({ displayName: 'Asha', roles: ['product-manager'], country: 'GB' })
  const { text: html } = await member.get('/directory?country=NZ&hours=near')
  expect(html).toContain('Without “Office hours near yours”')
  expect(html).toContain('href="/directory?country=NZ"')
  expect(html).toContain('href="/directory?hours=near"')
})

test('what finds nobody is widened by the least step: a role to its family, a language spoken well to one at any level', async () => {
  const { text: html } = await member.get('/directory?speaks=de&country=IE')
  expect(html).toContain('“Language: German” instead of “Speaks well: German”')
  expect(html).toContain('href="/directory?country=IE&amp;language=de"')
  expect(html).toContain('Without “Country: Ireland”')
  expect(
    wideningsOf({ roles: ['product-manager', 'museum-curator'], open: true, after: 'x' }).map(({ without }) =>
      addressOf(without),
    ),
  ).toEqual([
    '?role=museum-curator&family=product-and-delivery&open=true',
    '?role=product-manager&family=specialist-lone-roles&open=true',
    '?open=true',
    '?role=product-manager&role=museum-curator',
  ])
})

test('whoever searches can keep the search, and is offered suggestions; a stranger is offered neither', async () => {
  const { text: html } = await member.get('/directory?country=IE')
  expect(html).toContain('href="/me/searches/new?country=IE"')
  expect(html).toContain('href="/suggestions"')
  expect((await member.get('/directory')).text).not.toContain('/me/searches/new')
  const { text: strangers } = await aReader(node.url).get('/directory?country=IE')
  expect(strangers).not.toContain('/me/searches/new')
})

test('from a person’s page there is a way back to the same results, and never to another site', async () => {
  const { text: html } = await member.get('/directory?country=DE')
  const [path = ''] = /\/directory\/[0-9a-z]{13}/.exec(html) ?? []
  const backFrom = async (referer: string): Promise<string | undefined> =>
    /<a href="([^"]*)" class="govuk-back-link"/.exec((await member.get(path, { referer })).text)?.[1]
  expect(await backFrom(`${node.url}/directory?country=DE`)).toBe('/directory?country=DE')
  expect(await backFrom(`${node.url}/suggestions`)).toBe('/suggestions')
  expect(await backFrom('https://other.example/directory?country=DE')).toBe('/directory')
  expect(await backFrom(`${node.url}/sign-out`)).toBe('/directory')
})
