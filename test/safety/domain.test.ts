import { domainToASCII, domainToUnicode } from 'node:url'
import fc from 'fast-check'
import { openDatabase, rows, type Db } from '../../src/database/database.ts'
import { isRefusedHost, forgetRemembered } from '../../src/safety/block-views.ts'
import { domainTyped, isDomain, isWide, isWithin, nameOfHost } from '../../src/safety/domain.ts'
import { freshDatabase } from '../support/database.ts'

// Which hosts a refused domain stands for.

let db: Db

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
})
afterAll(() => db.close())

const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?$/).filter((text) => !text.startsWith('xn--'))
const foreign = fc.constantFrom('bücher', 'gwybodaeth', 'łódź', '例え', 'sdrôc')
const domains = fc
  .tuple(
    fc.array(fc.oneof(label, foreign), { minLength: 1, maxLength: 2 }),
    fc.constantFrom('example', 'test', 'gov.uk'),
  )
  .map(([labels, top]) => [...labels, top].join('.'))
const below = fc.array(label, { maxLength: 3 }).map((labels) => labels.map((one) => `${one}.`).join(''))
const dress = fc.record({
  upper: fc.boolean(),
  dot: fc.boolean(),
  port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
  punycode: fc.boolean(),
})

type Dress = typeof dress extends fc.Arbitrary<infer Value> ? Value : never

function dressed(name: string, { upper, dot, port, punycode }: Dress): string {
  const spelled = punycode ? domainToASCII(name) : domainToUnicode(name)
  return `${upper ? spelled.toUpperCase() : spelled}${dot ? '.' : ''}${port === undefined ? '' : `:${port}`}`
}

test('a domain stands for itself and everything below it, however either is written', () => {
  fc.assert(
    fc.property(domains, below, dress, dress, (domain, under, first, second) => {
      expect(isWithin(dressed(`${under}${domain}`, first), dressed(domain, second))).toBe(true)
    }),
  )
})

test('a domain stands for nothing beside it or above it', () => {
  fc.assert(
    fc.property(domains, label, dress, (domain, other, look) => {
      expect(isWithin(dressed(`${other}${domain}`, look), domain)).toBe(false)
      expect(isWithin(dressed(domain, look), `${other}.${domain}`)).toBe(false)
      expect(isWithin(dressed(`${domain}.${other}`, look), domain)).toBe(domain.endsWith(`${domain}.${other}`))
    }),
  )
})

test('the database says the same as the rule', async () => {
  await fc.assert(
    fc.asyncProperty(domains, domains, below, dress, async (refused, other, under, look) => {
      const domain = nameOfHost(refused) ?? ''
      await rows(db, 'truncate domain_block')
      await rows(db, `insert into domain_block (domain, reason, blocked_at) values ($1, 'spam', now())`, [domain])
      forgetRemembered(db)
      for (const host of [dressed(`${under}${refused}`, look), dressed(`${under}${other}`, look)]) {
        expect(await isRefusedHost(db, host)).toBe(isWithin(host, refused))
        const asKept = URL.parse(`https://${host}`)?.host ?? ''
        const [row] = await rows<{ refused: boolean }>(db, 'select refused_host($1) as refused', [asKept])
        expect(row?.refused).toBe(isWithin(host, refused))
      }
    }),
    { numRuns: 60 },
  )
})

test('an address in numbers is no domain, whether typed with a port, in brackets or as one number', () => {
  for (const text of [
    '127.0.0.1',
    '10.1.2.3:3000',
    '[::1]',
    '[2001:db8::1]:443',
    '2130706433',
    '0x7f.1',
    '',
    '.',
    ' ',
    'a b',
  ])
    expect(domainTyped(text)).toBeUndefined()
  expect(isWithin('10.1.2.3', '2.3')).toBe(false)
})

test.each([
  ['spam.example', 'spam.example'],
  [' SPAM.example. ', 'spam.example'],
  ['https://spam.example/@user?x=1', 'spam.example'],
  ['*.spam.example', 'spam.example'],
  ['@spam.example', 'spam.example'],
  ['spam.example:8443', 'spam.example'],
  ['bücher.example', 'xn--bcher-kva.example'],
])('%s is typed for %s', (typed, domain) => {
  expect(domainTyped(typed)).toBe(domain)
})

test('a whole country or trade is wide, a server is not', () => {
  for (const wide of ['uk', 'gov.uk', 'org.uk', 'co.uk', 'localhost']) expect(isWide(wide)).toBe(true)
  for (const one of ['north.gov.uk', 'mastodon.social', 'spam.example', 'poa.st', 'x.com', 'gov.example'])
    expect(isWide(one)).toBe(false)
  expect(isDomain('-bad.example')).toBe(false)
})
