import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importsOf, read } from '../support/imports.ts'
import { refusals, type Files } from './architecture.ts'

const src = fileURLToPath(new URL('../../src', import.meta.url))

function sourceFiles(): Files {
  const paths = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  return Object.fromEntries(paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(src, path), 'utf8')]))
}

test('every file keeps to its place and imports only what stands below it', () => {
  const files = sourceFiles()
  expect(Object.keys(files).length).toBeGreaterThan(40)
  expect(refusals(files)).toEqual([])
})

test('no folder is deeper than two, words and assets excepted', () => {
  const folders = readdirSync(src, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory())
  const deep = folders.filter(
    (entry) =>
      entry.parentPath !== src &&
      entry.name !== 'words' &&
      entry.name !== 'assets' &&
      !entry.parentPath.endsWith('/words'),
  )
  expect(deep.map((entry) => join(entry.parentPath, entry.name))).toEqual([])
})

/** What stands around a wrong file, so that only what it does is wrong. */
const around: Files = {
  'accounts/account.ts': 'export type Account = { readonly id: string }\nexport const isOpen = true',
  'accounts/actions.ts': 'export function close(): void {}',
  'accounts/pages.ts': 'export const accountPages = 1',
  'accounts/store.ts': 'export const accountSchema = 1',
  'listing/actions.ts': 'export function open(): void {}',
  'listing/flag.ts': 'export const longest = 90',
  'listing/pages.ts': 'export const listingPages = 1',
  'listing/steps.ts': 'export const republish = 1',
  'listing/store.ts': 'export const listingSchema = 1',
  'listing/views.ts': 'export const listingOf = 1',
  'app.ts': "import type { Clock } from './common/clock.ts'\nexport type App = { now: Clock }",
  'common/clock.ts': 'export type Clock = () => Date\nexport const systemClock: Clock = () => new Date()',
  'common/ids.ts': 'export const randomId = 1\nexport const sha256Hex = 1',
  'database/database.ts': 'export type Tx = 1\nexport const rows = 1',
  'jobs/queue.ts': 'export const enqueue = 1',
  'jobs/worker.ts': 'export const startWorker = 1',
  'node.ts':
    "import type { EntitySchema } from 'typeorm'\nimport { listingSchema } from './listing/store.ts'\nexport const startNode = listingSchema",
  'web/page.ts': "import { Router } from 'express'\nexport const page = Router",
}

test('the surroundings of the wrong files are right', () => {
  expect(refusals(around)).toEqual([])
})

const wrong: readonly (readonly [path: string, text: string, refusal: string])[] = [
  // Down only.
  [
    'listing/other-pages.ts',
    "import { listingSchema } from './store.ts'",
    'listing/other-pages.ts is edge and must not import listing/store.ts, which is store',
  ],
  [
    'listing/jobs.ts',
    "import { listingSchema } from './store.ts'",
    'listing/jobs.ts is edge and must not import listing/store.ts, which is store',
  ],
  [
    'federation/inbox.ts',
    "import express from 'express'\nimport { keys } from './store.ts'",
    'federation/inbox.ts is edge and must not import federation/store.ts, which is store',
  ],
  [
    'listing/other-actions.ts',
    "import { listingPages } from './pages.ts'",
    'listing/other-actions.ts is actions and must not import listing/pages.ts, which is edge',
  ],
  [
    'listing/other-steps.ts',
    "import { open } from './actions.ts'",
    'listing/other-steps.ts is steps and must not import listing/actions.ts, which is actions',
  ],
  [
    'listing/other-views.ts',
    "import { republish } from './steps.ts'",
    'listing/other-views.ts is views and must not import listing/steps.ts, which is steps',
  ],
  [
    'listing/other-store.ts',
    "import { listingOf } from './views.ts'",
    'listing/other-store.ts is store and must not import listing/views.ts, which is views',
  ],
  [
    'listing/other.ts',
    "import { listingSchema } from './store.ts'",
    'listing/other.ts is rules and must not import listing/store.ts, which is store',
  ],
  [
    'listing/other.ts',
    "export * from './store.ts'",
    'listing/other.ts is rules and must not import listing/store.ts, which is store',
  ],
  [
    'listing/other.ts',
    "export async function load() { return import('./store.ts') }",
    'listing/other.ts is rules and must not import listing/store.ts, which is store',
  ],
  [
    'listing/other-views.ts',
    "import { page } from '../web/page.ts'",
    'listing/other-views.ts is views and must not import web/page.ts, which is edge',
  ],
  [
    'listing/other-actions.ts',
    "import { open } from './actions.ts'",
    'listing/other-actions.ts must not import listing/actions.ts: an action never calls another action',
  ],
  [
    'listing/other-actions.ts',
    "import { close } from '../accounts/actions.ts'",
    'listing/other-actions.ts must not import accounts/actions.ts: an action never calls another action',
  ],
  [
    'listing/other-views.ts',
    "import { enqueue } from '../jobs/queue.ts'",
    'listing/other-views.ts must not import jobs/queue.ts: only steps, actions and edges queue jobs',
  ],
  [
    'listing/other-actions.ts',
    "import { startWorker } from '../jobs/worker.ts'",
    'listing/other-actions.ts must not import jobs/worker.ts: only edges run jobs',
  ],
  [
    'common/letter.ts',
    "import { rows } from '../database/database.ts'",
    'common/letter.ts must not import database/database.ts: common stands under database',
  ],
  [
    'common/letter.ts',
    "import type { Account } from '../accounts/account.ts'",
    'common/letter.ts must not import accounts/account.ts: common stands under accounts',
  ],
  [
    'database/backup.ts',
    "import { enqueue } from '../jobs/queue.ts'",
    'database/backup.ts must not import jobs/queue.ts: database stands under jobs',
  ],
  [
    'jobs/other.ts',
    "import { close } from '../accounts/actions.ts'",
    'jobs/other.ts must not import accounts/actions.ts: jobs stands under accounts',
  ],
  [
    'listing/jobs.ts',
    "import { startNode } from '../node.ts'",
    'listing/jobs.ts must not import node.ts: only main.ts, command-line.ts and tests import it',
  ],
  [
    'web/server.ts',
    "import { startNode } from '../node.ts'",
    'web/server.ts must not import node.ts: only main.ts, command-line.ts and tests import it',
  ],
  [
    'command-line.ts',
    "import { listingSchema } from './listing/store.ts'",
    'command-line.ts is edge and must not import listing/store.ts, which is store',
  ],
  ['node.ts', "import './main.ts'", 'node.ts must not import main.ts: the command line stands above everything'],
  [
    'listing/jobs.ts',
    "import { App } from '../app.ts'",
    'listing/jobs.ts must not import app.ts: app.ts is types only, so write "import type"',
  ],
  [
    'app.ts',
    "import { systemClock } from './common/clock.ts'",
    'app.ts must not import common/clock.ts: app.ts is types only, so write "import type"',
  ],
  // Rules have no input, output, clock or chance.
  [
    'listing/other.ts',
    "import { rows, type Tx } from '../database/database.ts'",
    'listing/other.ts is rules and must not import database/database.ts: rules have no input or output',
  ],
  [
    'listing/other.ts',
    "import { readFileSync } from 'node:fs'",
    'listing/other.ts is rules and must not import node:fs: rules have no input or output',
  ],
  [
    'listing/other.ts',
    "import { connect } from 'node:net'",
    'listing/other.ts is rules and must not import node:net: rules have no input or output',
  ],
  [
    'listing/other.ts',
    "import type { Router } from 'express'",
    'listing/other.ts uses express, which has its place in pages.ts, api.ts, web/ and federation/',
  ],
  [
    'listing/other.ts',
    "import { sha256Hex, randomId } from '../common/ids.ts'",
    'listing/other.ts is rules and must not import randomId from common/ids.ts: rules have neither clock nor chance',
  ],
  [
    'listing/other.ts',
    "import { systemClock } from '../common/clock.ts'",
    'listing/other.ts is rules and must not import systemClock from common/clock.ts: rules have neither clock nor chance',
  ],
  [
    'listing/other.ts',
    'export const lot = () => Math.random()',
    'listing/other.ts is rules and must not call Math.random: rules have neither clock nor chance',
  ],
  // Front doors, and the order of areas.
  [
    'listing/other-pages.ts',
    "import { accountPages } from '../accounts/pages.ts'",
    'listing/other-pages.ts must not import accounts/pages.ts: of accounts only rules, views, steps and actions are open to others',
  ],
  [
    'listing/other-steps.ts',
    "import type { accountSchema } from '../accounts/store.ts'",
    'listing/other-steps.ts must not import accounts/store.ts: of accounts only rules, views, steps and actions are open to others',
  ],
  [
    'web/server.ts',
    "import { accountPages } from '../accounts/pages.ts'",
    'web/server.ts must not import accounts/pages.ts: of accounts only rules, views, steps and actions are open to others',
  ],
  [
    'accounts/views.ts',
    "import { listingOf } from '../listing/views.ts'",
    'accounts/views.ts must not import listing/views.ts: accounts comes before listing in the order of areas',
  ],
  [
    'accounts/views.ts',
    "import type { listingOf } from '../listing/views.ts'",
    'accounts/views.ts must not import listing/views.ts: accounts comes before listing in the order of areas',
  ],
  // Each tool in its place.
  [
    'listing/other-views.ts',
    "import { In } from 'typeorm'",
    'listing/other-views.ts uses typeorm, which has its place in store.ts and database/',
  ],
  [
    'listing/jobs.ts',
    "import type { Actor } from '@fedify/fedify'",
    'listing/jobs.ts uses @fedify, which has its place in federation/',
  ],
  [
    'listing/jobs.ts',
    "import express from 'express'",
    'listing/jobs.ts uses express, which has its place in pages.ts, api.ts, web/ and federation/',
  ],
  [
    'listing/jobs.ts',
    "import { request } from 'undici'",
    'listing/jobs.ts uses undici, which has its place in common/outbound.ts and common/outbound-proxy.ts',
  ],
  [
    'listing/jobs.ts',
    "import { request } from 'node:https'",
    'listing/jobs.ts uses node:http, which has its place in web/listen.ts, which listens',
  ],
  [
    'listing/jobs.ts',
    "import { connect } from 'node:net'",
    'listing/jobs.ts uses node:net, which has its place in common/outbound-*.ts and database/embedded-*.ts, but for isIP',
  ],
  [
    'federation/signed.ts',
    "import { lookupWebFinger } from '@fedify/fedify'",
    'federation/signed.ts uses a fetcher of Fedify, which has its place in common/outbound.ts: there is one way out',
  ],
  [
    'federation/signed.ts',
    'export const find = (context) => context.lookupObject("https://peers.example")',
    'federation/signed.ts uses a look-up by Fedify, which has its place in common/outbound.ts: there is one way out',
  ],
  [
    'federation/signed.ts',
    'export const open = () => new WebSocket("wss://peers.example")',
    'federation/signed.ts uses a connection of its own, which has its place in common/outbound.ts: there is one way out',
  ],
  [
    'federation/signed.ts',
    'export const get = () => fetch("https://peers.example")',
    'federation/signed.ts uses fetch(, which has its place in common/outbound.ts',
  ],
  [
    'federation/signed.ts',
    'export const get = () => globalThis.fetch("https://peers.example")',
    'federation/signed.ts uses fetch(, which has its place in common/outbound.ts',
  ],
  [
    'config.ts',
    'export const port = process.env["PORT"]',
    'config.ts uses process.env, which has its place in main.ts',
  ],
  [
    'command-line.ts',
    'export const stop = () => process.exit(1)',
    'command-line.ts uses process.exit, which has its place in main.ts',
  ],
  [
    'listing/other.ts',
    'export const today = `${new Date().getDay()}`',
    'listing/other.ts uses new Date(, which has its place in common/clock.ts',
  ],
  [
    'listing/other-views.ts',
    'export const at = Date.now()',
    'listing/other-views.ts uses Date.now(, which has its place in common/clock.ts',
  ],
  [
    'listing/other-steps.ts',
    'export const run = (db) => db.transaction(() => 1)',
    'listing/other-steps.ts uses .transaction(, which has its place in actions.ts and database/',
  ],
  [
    'federation/inbox.ts',
    'export const run = (context) => context.sendActivity()',
    'federation/inbox.ts uses sendActivity(, which has its place in federation/deliver.ts',
  ],
  [
    'listing/jobs.ts',
    'export const say = () => console.log(1)',
    'listing/jobs.ts uses console, which has its place in main.ts',
  ],
  [
    'listing/other-views.ts',
    "export const sql = 'delete from listing where id = $1'",
    'listing/other-views.ts uses SQL that changes things, which has its place in store.ts, database/ and jobs/',
  ],
  [
    'listing/other-pages.ts',
    'export const sql = `\n  with gone as (select 1)\n  update listing l set seq = 1`',
    'listing/other-pages.ts uses SQL that changes things, which has its place in store.ts, database/ and jobs/',
  ],
  // No circles, nothing unseen, nothing out of place.
  [
    'listing/flag.ts',
    "import { a } from './other.ts'",
    'listing/flag.ts → listing/other.ts → listing/flag.ts is a circle of imports',
  ],
  [
    'listing/other-pages.ts',
    'export const load = (name) => import(name)',
    'listing/other-pages.ts imports by a computed name, which nothing can check',
  ],
  [
    'listing/other-pages.ts',
    'export const load = (name) => import(`./${name}.ts`)',
    'listing/other-pages.ts imports by a computed name, which nothing can check',
  ],
  [
    'listing/other-pages.ts',
    "import { a } from './gone.ts'",
    'listing/other-pages.ts imports listing/gone.ts, which is not there',
  ],
  ['listing/rules/other.ts', '', 'listing/rules/other.ts lies deeper than one folder below src'],
  ['helpers/other.ts', '', 'helpers/other.ts has no place: helpers/ is neither an area nor under them'],
  ['helpers.ts', '', 'helpers.ts has no place: files directly in src are main, command-line, node, app and config'],
]

const alsoThere: Files = {
  'listing/other.ts': "import { longest } from './flag.ts'",
  'federation/store.ts': 'export const keys = 1',
  'main.ts': '',
}

test.each(wrong.map(([path, text, refusal]) => ({ path, text, refusal })))(
  'it is refused that $refusal',
  ({ path, text, refusal }) => {
    expect(refusals({ ...around, ...alsoThere, [path]: text })).toContain(refusal)
  },
)

test('what only looks like a breach is left alone', () => {
  const files: Files = {
    ...around,
    'listing/other.ts': [
      "import type { Tx } from '../database/database.ts'",
      "import { sha256Hex } from '../common/ids.ts'",
      "import { isIPv4 } from 'node:net'",
      '// new Date() and fetch() and console.log() in a comment; import { a } from "./store.ts"',
      '/* process.env */ export const text = \'new Date() fetch(1) import("./store.ts")\'',
      'export const pattern = /new Date\\(|["\'`]/ // a regular expression with quotes',
      'export const template = `console.log ${sha256Hex} process.env ${`${1}`} fetch(`',
      'export const half = (a: number) => a / 2 / 3',
      'export const fetched = { prefetch(): void {} }',
    ].join('\n'),
    'federation/marks.ts': 'export const mark = 1',
    'federation/store.ts': "import { mark } from './marks.ts'\nexport const keys = mark",
    'listing/other-views.ts': "export const sql = 'select 1 from listing for update'",
  }
  expect(refusals(files)).toEqual([])
})

test('the scanner finds every way to import', () => {
  const text = [
    "import { a, type B, c as d } from './one.ts'",
    "import type { E } from './two.ts'",
    "import f, * as g from 'three'",
    "import './four.ts'",
    "export * from './five.ts'",
    "export type { H } from './six.ts'",
    'const i = await import("./seven.ts")',
    "const { j } = require('eight')",
    "import {\n  k,\n  type L,\n} from './nine.ts'",
    "export function from(text: string): string { return text.replace(/'/g, '') }",
  ].join('\n')
  expect(importsOf(read(text))).toEqual([
    { from: './one.ts', names: ['a', 'B', 'c'], typeOnly: false },
    { from: './two.ts', names: ['E'], typeOnly: true },
    { from: 'three', names: ['default', '*'], typeOnly: false },
    { from: './five.ts', names: ['*'], typeOnly: false },
    { from: './six.ts', names: ['H'], typeOnly: true },
    { from: './nine.ts', names: ['k', 'L'], typeOnly: false },
    { from: './four.ts', names: [], typeOnly: false },
    { from: './seven.ts', names: ['*'], typeOnly: false },
    { from: 'eight', names: ['*'], typeOnly: false },
  ])
})
