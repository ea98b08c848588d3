import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { askForLink, consoleLink, useLink } from '../accounts/actions.ts'
import type { Account } from '../accounts/account.ts'
import type { App } from '../app.ts'
import { day, dayOf, later } from '../common/clock.ts'
import { sha256Hex } from '../common/ids.ts'
import type { Mail, Mailer } from '../common/mail.ts'
import { startLogging } from '../common/log.ts'
import { readConfig, type Config } from '../config.ts'
import { startEmbeddedPostgres } from '../database/embedded.ts'
import { rows } from '../database/database.ts'
import { allowScope, openToChat } from '../listing/actions.ts'
import { follow, approve } from '../partners/actions.ts'
import { partnerByHost } from '../partners/views.ts'
import { chooseHandle, saveFields } from '../profile/actions.ts'
import { checkMainJob } from './demo-check.ts'
import { demoNodes, type DemoNode, type DemoPerson } from './demo-people.ts'

/** A node of the demo while it runs. */
export type DemoHouse = {
  readonly plan: DemoNode
  readonly app: App
  readonly url: string
  readonly mails: Map<string, string>
}

type Started = { readonly app: App; readonly url: string | undefined; stop(): Promise<void> }

export type DemoOptions = {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly check: boolean
  readonly json: boolean
  readonly stop: Promise<void>
  readonly say: (text: string) => void
  readonly warn: (text: string) => void
  /** Starts a node as production does; handed in, since only the program itself knows every area. */
  readonly start: (options: {
    readonly config: Config & { readonly databaseUrl: string }
    readonly roles: { readonly web: boolean; readonly worker: boolean }
    readonly overrides: { readonly mail: Mailer }
  }) => Promise<Started>
  /** Asks another node for its card; the way out is federation's. */
  readonly lookUp: (app: App, host: string) => Promise<Parameters<typeof follow>[1]>
}

/**
 * Starts three nodes on loopback addresses with sixty invented people, as each other's partners. Waits for Ctrl-C, or, with
 * `check`, does the main job once. Everything is thrown away at the end. Returns 0, or 1 when the check failed.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  await startLogging(options.environment['SIDEWAYS_LOG_LEVEL'] === 'debug' ? 'debug' : 'warning')
  const cleanUp: (() => Promise<unknown>)[] = []
  const state = { isStopping: false }
  const work = moveInAndRun(options, cleanUp, state)
  try {
    // Ctrl-C while sixty people move in ends it as well.
    return await Promise.race([options.stop.then(() => 0), work])
  } finally {
    state.isStopping = true
    await work.catch(() => undefined) // what it had started is in cleanUp; how it ended was said above
    for (const step of cleanUp.toReversed()) await step()
  }
}

async function moveInAndRun(
  options: DemoOptions,
  cleanUp: (() => Promise<unknown>)[],
  state: { readonly isStopping: boolean },
): Promise<number> {
  const goOn = (): void => {
    if (state.isStopping) throw new Error('stopped while moving in')
  }
  const folder = await mkdtemp(join(tmpdir(), 'sideways-demo-'))
  cleanUp.push(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755) // as root, PostgreSQL runs as another user
  const settings = { fsync: 'off', synchronous_commit: 'off', max_connections: '120' }
  const postgres = await startEmbeddedPostgres({ folder, log: options.warn, settings })
  cleanUp.push(() => postgres.stop())
  const houses: DemoHouse[] = []
  for (const [index, plan] of demoNodes().entries()) {
    goOn()
    const mails = new Map<string, string>()
    const databaseUrl = await newDatabase(postgres.url, plan.key)
    const node = await options.start({
      config: {
        ...settingsOf(plan, options.check ? 0 : 3001 + index),
        databaseUrl,
        withdrawalLog: join(folder, `${plan.key}.log`),
      },
      roles: { web: true, worker: true },
      overrides: { mail: keepingMailer(mails, options.say) },
    })
    cleanUp.push(() => node.stop())
    houses.push({ plan, app: node.app, url: node.url ?? '', mails })
  }
  if (!options.json) options.say('Three nodes run. Now sixty people move in …')
  await Promise.all(houses.map((house) => fill(house, goOn)))
  await becomePartners(houses, options.lookUp, goOn)
  await copiesArrived(houses, goOn)
  if (options.check) return (await checkMainJob(houses, options)) ? 0 : 1
  await tell(houses, options)
  await options.stop
  return 0
}

async function newDatabase(server: string, key: string): Promise<string> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  await client.query(`create database demo_${key}`)
  await client.end()
  const url = new URL(server)
  url.pathname = `/demo_${key}`
  return url.href
}

function settingsOf(plan: DemoNode, port: number): Config {
  return readConfig({
    PORT: String(port),
    SIDEWAYS_ORIGIN: `http://127.0.0.1:${port}`,
    SIDEWAYS_ALLOW_PRIVATE_ADDRESSES: 'true',
    SIDEWAYS_NAME: plan.name,
    SIDEWAYS_COUNTRY: plan.country,
    SIDEWAYS_SECTOR: plan.sector,
    SIDEWAYS_TIME_ZONE: plan.timeZone,
    SIDEWAYS_LANGUAGE: plan.language,
    SIDEWAYS_JOIN: 'domains',
    SIDEWAYS_MAIL_DOMAINS: `${plan.key}.example`,
  })
}

// Sixty people sign in with links from mails, as everybody does; nobody wants to read those sixty.
function keepingMailer(mails: Map<string, string>, say: (text: string) => void): Mailer {
  return {
    async send(mail: Mail) {
      if (mails.has(mail.to)) say(`(a mail to ${mail.to}: ${mail.subject})`)
      mails.set(mail.to, mail.text)
    },
    close: () => undefined,
  }
}

/** The demo's address of somebody on a node. */
export function demoMail(plan: DemoNode, person: Pick<DemoPerson, 'handle'>): string {
  return `${person.handle}@${plan.key}.example`
}

async function fill(house: DemoHouse, goOn: () => void): Promise<void> {
  const { plan, app } = house
  for (const person of plan.people) {
    goOn()
    const account = await moveIn(house, demoMail(plan, person), goOn)
    await saveFields(app, account.id, person.fields)
    await chooseHandle({ ...app, hashingKey: app.secrets.hashing }, account.id, person.handle)
    for (const purpose of person.scopes) {
      await allowScope(app, account, {
        purpose,
        language: plan.language,
        channel: 'command-line',
        ...(purpose === 'public' ? { choices: [] } : {}),
      })
    }
    if (person.openForDays === undefined) continue
    await openToChat(app, account, {
      kinds: ['first-chat', 'compare-notes'],
      boundaries: person.fields.boundaries ?? [],
      capacity: 2,
      hiddenHere: false,
      endsOn: dayOf(later(app.now(), person.openForDays * day)),
    })
  }
}

/** Signs somebody in for the first time, with the link from her mail: that makes her account. */
async function moveIn({ app, mails }: DemoHouse, mail: string, goOn: () => void): Promise<Account> {
  const { language } = app.config
  await askForLink(app, { mail, language, browserHash: sha256Hex('demo'), returnTo: undefined })
  await until(async () => mails.has(mail), goOn)
  const token = /token=([\w-]+)/.exec(mails.get(mail) ?? '')?.[1] ?? ''
  return (await useLink(app, { token, language })).account
}

async function becomePartners(
  houses: readonly DemoHouse[],
  lookUp: DemoOptions['lookUp'],
  goOn: () => void,
): Promise<void> {
  for (const house of houses) {
    for (const other of houses) {
      if (other === house) continue
      await follow(house.app, await lookUp(house.app, new URL(other.url).host))
      await until(
        async () => (await partnerByHost(other.app.db, new URL(house.url).host))?.follower === 'waiting',
        goOn,
      )
      await approve(other.app, new URL(house.url).host)
    }
  }
}

async function copiesArrived(houses: readonly DemoHouse[], goOn: () => void): Promise<void> {
  for (const { app, plan } of houses) {
    await until(async () => {
      const [row] = await rows<{ count: number }>(app.db, 'select count(*)::int as count from copy', [])
      return (row?.count ?? 0) >= (houses.length - 1) * plan.people.length
    }, goOn)
  }
}

/** Waits until something is true, asking forty times a second; an error after 60 seconds. */
async function until(isTrue: () => Promise<boolean>, goOn: () => void): Promise<void> {
  for (let tries = 0; tries < 2400; tries += 1) {
    goOn()
    if (await isTrue()) return
    await wait(25)
  }
  throw new Error('waited for a minute in vain')
}

async function tell(houses: readonly DemoHouse[], { json, say }: DemoOptions): Promise<void> {
  const list: { node: string; url: string; person: string; link: string }[] = []
  for (const { app, plan, url } of houses) {
    const person = plan.people[0]
    if (!person) continue
    list.push({
      node: plan.name,
      url,
      person: person.fields.displayName,
      link: await consoleLink(app, app.config.origin, { mail: demoMail(plan, person), makeAdministrator: true }),
    })
  }
  if (json) return say(JSON.stringify({ event: 'started', nodes: list }))
  for (const { node, url, person, link } of list)
    say(
      `\n${node}\n  ${url}\n  sign in as ${person}, who is an administrator too (once, within 30 minutes):\n  ${link}`,
    )
  say(
    '\nThings to try: find somebody of another node, open or close a flag and look from the other side, withdraw.\nCtrl-C stops all three and throws them away.',
  )
}
