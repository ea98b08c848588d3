import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, readConfig } from '../../src/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'sideways-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileWith(text: string): string {
  const path = join(folder, `${text.length}-${Math.random()}`)
  writeFileSync(path, text)
  return path
}

function faultsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

test('without any setting, a node listens on this machine only and is reached at localhost', () => {
  const config = readConfig({ PATH: '/bin', HOME: '/home/somebody' })
  expect(config).toEqual({
    port: 3000,
    host: '127.0.0.1',
    origin: 'http://localhost:3000',
    data: './data',
    name: 'My organisation',
    sector: 'local-government',
    country: 'GB',
    join: 'invited',
    mailDomains: [],
    mailFrom: 'Sideways <sideways@localhost>',
    acceptFollowers: 'by-hand',
    requestsPerDay: 5,
    requestText: true,
    offerPartnerScope: true,
    offerPublicScope: true,
    openData: false,
    apiPerMinute: 120,
    formerOrigins: [],
    allowPrivateAddresses: false,
    noProxy: [],
    proxyLookup: 'here',
    egressAllow: [],
    trustProxy: 0,
    topics: 'on',
    topicsDiscoverable: false,
    language: 'en',
    timeZone: 'Europe/London',
    logLevel: 'info',
  })
})

test('the proxy is read as other programs read it, in capitals or small letters, with or without http://', () => {
  const { httpsProxy, noProxy } = readConfig({
    HTTPS_PROXY: 'http://me:x@proxy.example:3128',
    NO_PROXY: 'a.example, B',
  })
  expect([httpsProxy, noProxy]).toEqual(['http://me:x@proxy.example:3128', ['a.example', 'b']])
  const small = readConfig({ https_proxy: 'proxy.example:3128', no_proxy: '*' })
  expect([small.httpsProxy, small.noProxy]).toEqual(['http://proxy.example:3128', ['*']])
  expect(faultsOf({ HTTPS_PROXY: 'socks5://me:secret@proxy.example' }).join()).toMatch(/^HTTPS_PROXY is not right/)
  expect(faultsOf({ HTTPS_PROXY: 'socks5://me:secret@proxy.example' }).join()).not.toContain('secret')
})

test('where only the proxy looks names up, there must be a list of hosts', () => {
  const settings = { HTTPS_PROXY: 'http://proxy.example', SIDEWAYS_PROXY_LOOKUP: 'proxy' }
  expect(faultsOf(settings)).toEqual([expect.stringContaining('SIDEWAYS_EGRESS_ALLOW must name')])
  expect(readConfig({ ...settings, SIDEWAYS_EGRESS_ALLOW: 'A.example, *.gov.uk' }).egressAllow).toEqual([
    'a.example',
    '*.gov.uk',
  ])
  expect(faultsOf({ SIDEWAYS_EGRESS_ALLOW: 'https://a.example/' })).toHaveLength(1)
})

test('the address at localhost follows the port', () => {
  expect(readConfig({ PORT: '4010' }).origin).toBe('http://localhost:4010')
})

test('every fault is told at once, each in one line', () => {
  const faults = faultsOf({
    PORT: 'three thousand',
    SIDEWAYS_COUNTRY: 'Wales',
    SIDEWAYS_LANGUAGE: 'fr',
    SIDEWAYS_OFFER_PUBLIC_SCOPE: 'perhaps',
    SIDEWAYS_SMTP_URL: 'mail.north.example',
    SIDEWAYS_JION: 'domains',
    SIDEWAYS_SECTOR: 'fish',
    SIDEWAYS_NAME_FILE: join(folder, 'nowhere'),
    DATABASE_URL: 'mysql://localhost/sideways',
  })
  expect(faults.filter((fault) => fault.includes('\n'))).toEqual([])
  const about = (name: string): readonly string[] => faults.filter((fault) => fault.startsWith(name))
  expect(about('PORT')).toEqual(['PORT must be a whole number from 0 to 65535.'])
  expect(about('SIDEWAYS_COUNTRY')).toHaveLength(1)
  expect(about('SIDEWAYS_LANGUAGE')).toEqual(['SIDEWAYS_LANGUAGE must be one of: en, cy.'])
  expect(about('SIDEWAYS_OFFER_PUBLIC_SCOPE')).toEqual(['SIDEWAYS_OFFER_PUBLIC_SCOPE must be true or false.'])
  expect(about('SIDEWAYS_SMTP_URL')).toHaveLength(1)
  expect(about('SIDEWAYS_JION')).toHaveLength(1)
  expect(about('SIDEWAYS_NAME_FILE')).toHaveLength(1)
  expect(about('DATABASE_URL')).toHaveLength(1)
  expect(about('SIDEWAYS_SECTOR')).toHaveLength(1)
  expect(faults).toHaveLength(9)
})

test('a fault never repeats a secret', () => {
  const faults = faultsOf({
    DATABASE_URL: 'mysql://sideways:hunter2@localhost/x',
    SIDEWAYS_SMTP_URL: 'ftp://me:hunter2@mail',
  })
  expect(faults).toHaveLength(2)
  expect(faults.join(' ')).not.toContain('hunter2')
})

test('a misspelt setting is a fault, with the name that was meant', () => {
  expect(faultsOf({ SIDEWAYS_ORIGN: 'https://peers.north.example' })).toEqual([
    'SIDEWAYS_ORIGN is not a setting. Did you mean SIDEWAYS_ORIGIN?',
  ])
  expect(faultsOf({ SIDEWAYS_MAILDOMAINS: 'north.example' })).toEqual([
    'SIDEWAYS_MAILDOMAINS is not a setting. Did you mean SIDEWAYS_MAIL_DOMAINS?',
  ])
  expect(faultsOf({ SIDEWAYS_SOMETHING_ELSE_ENTIRELY: '1' })).toEqual([
    'SIDEWAYS_SOMETHING_ELSE_ENTIRELY is not a setting. See docs/configuration.md.',
  ])
  expect(faultsOf({ SIDEWAYS_TEST: '1', OTHER_ORIGIN: '1' })).toHaveLength(1)
})

test('a value may come from a file, without the line end that editors add', () => {
  const config = readConfig({
    DATABASE_URL_FILE: fileWith('postgres://sideways:secret@db.north.example/sideways\n'),
    PORT_FILE: fileWith('4011\n'),
  })
  expect(config.databaseUrl).toBe('postgres://sideways:secret@db.north.example/sideways')
  expect(config.port).toBe(4011)
})

test('a value and its file together are a fault', () => {
  expect(faultsOf({ SIDEWAYS_NAME: 'North Council', SIDEWAYS_NAME_FILE: fileWith('North') })).toEqual([
    'SIDEWAYS_NAME and SIDEWAYS_NAME_FILE are both set. Keep one of them.',
  ])
})

test('a file that cannot be read is a fault that names the setting and the reason', () => {
  const path = join(folder, 'nowhere')
  expect(faultsOf({ DATABASE_URL_FILE: path })).toEqual([
    expect.stringMatching(/^DATABASE_URL_FILE names a file that cannot be read: .*ENOENT/),
  ])
  expect(faultsOf({ DATABASE_URL_FILE: folder })).toHaveLength(1)
})

test('an empty file is no value, as an empty variable is', () => {
  expect(readConfig({ SIDEWAYS_NAME_FILE: fileWith('\n') }).name).toBe('My organisation')
})

test('an empty variable is as good as none', () => {
  const config = readConfig({ PORT: '', SIDEWAYS_NAME: '', SIDEWAYS_ORIGIN: '', SIDEWAYS_NAME_FILE: '' })
  expect(config).toEqual(readConfig({}))
})

test.each([
  ['true', true],
  ['Yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['NO', false],
  ['off', false],
  ['0', false],
])('%s is understood as %s', (text, value) => {
  expect(readConfig({ SIDEWAYS_OFFER_PARTNER_SCOPE: text }).offerPartnerScope).toBe(value)
})

test('mail domains are a list with commas, in small letters', () => {
  const { mailDomains } = readConfig({
    SIDEWAYS_JOIN: 'domains',
    SIDEWAYS_MAIL_DOMAINS: ' North.example, staff.north.example ,',
  })
  expect(mailDomains).toEqual(['north.example', 'staff.north.example'])
})

test('whole numbers stay within their bounds', () => {
  expect(readConfig({ SIDEWAYS_TRUST_PROXY: ' 2 ' }).trustProxy).toBe(2)
  expect(faultsOf({ SIDEWAYS_TRUST_PROXY: '11' })).toEqual([
    'SIDEWAYS_TRUST_PROXY must be a whole number from 0 to 10.',
  ])
  expect(faultsOf({ PORT: '70000' })).toHaveLength(1)
  expect(faultsOf({ PORT: '-1' })).toHaveLength(1)
  expect(faultsOf({ PORT: '3000.5' })).toHaveLength(1)
  expect(faultsOf({ PORT: '0x10' })).toHaveLength(1)
})

test('joining by mail domain needs a mail domain', () => {
  expect(faultsOf({ SIDEWAYS_JOIN: 'domains' })).toEqual([
    'SIDEWAYS_JOIN is "domains", so SIDEWAYS_MAIL_DOMAINS must name at least one mail domain.',
  ])
})

test.each([
  'http://peers.north.example',
  'http://192.168.1.4:3000',
  'http://localhost.north.example',
  'http://127.0.0.1.north.example',
])('%s is refused as an address: other servers want https', (origin) => {
  expect(faultsOf({ SIDEWAYS_ORIGIN: origin })).toEqual([expect.stringMatching(/^SIDEWAYS_ORIGIN is .*Use https/)])
  expect(readConfig({ SIDEWAYS_ORIGIN: origin, SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'true' }).origin).toBe(origin)
})

test.each([
  'http://localhost:3000',
  'http://127.0.0.1:3000',
  'http://127.0.1.9',
  'http://[::1]:3000',
  'https://peers.north.example',
])('%s is taken as an address', (origin) => {
  expect(readConfig({ SIDEWAYS_ORIGIN: origin }).origin).toBe(origin)
})

test.each([
  'peers.north.example',
  'https://peers.north.example/path',
  'https://peers.north.example?x',
  'ftp://peers.north.example',
  'https://peers north.example',
])('%s is no address for a node', (origin) => {
  expect(faultsOf({ SIDEWAYS_ORIGIN: origin })).toEqual([expect.stringMatching(/^SIDEWAYS_ORIGIN is not right/)])
})

test.each([
  'https://user:password@peers.north.example',
  'https://Peers.North.example',
  'https://peers.north.example:443',
])('%s is refused with the form that other servers will see', (origin) => {
  expect(faultsOf({ SIDEWAYS_ORIGIN: origin })).toEqual([
    expect.stringMatching(/Write it as https:\/\/peers\.north\.example$/),
  ])
})

test('a slash at the end of the address is taken off', () => {
  expect(readConfig({ SIDEWAYS_ORIGIN: 'https://peers.north.example/' }).origin).toBe('https://peers.north.example')
})

test('an unknown sector, country form or time zone is a fault that shows what was given', () => {
  expect(faultsOf({ SIDEWAYS_SECTOR: 'fish' })).toEqual([expect.stringContaining('"fish"')])
  expect(faultsOf({ SIDEWAYS_TIME_ZONE: 'Europe/Cardif' })).toEqual([expect.stringContaining('"Europe/Cardif"')])
  expect(faultsOf({ SIDEWAYS_COUNTRY: 'gb' })).toHaveLength(1)
  expect(readConfig({ SIDEWAYS_SECTOR: 'health-care', SIDEWAYS_TIME_ZONE: 'Asia/Kolkata' }).timeZone).toBe(
    'Asia/Kolkata',
  )
})

test('a message of a ConfigError is all faults, a line each', () => {
  expect(() => readConfig({ PORT: 'x', SIDEWAYS_LANGUAGE: 'x' })).toThrow(
    'PORT must be a whole number from 0 to 65535.\nSIDEWAYS_LANGUAGE must be one of: en, cy.',
  )
})
