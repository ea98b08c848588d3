import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { consoleLink } from '../src/accounts/actions.ts'
import { accountEntity } from '../src/accounts/store.ts'
import { day, later, rfc3339, systemClock } from '../src/common/clock.ts'
import { randomId } from '../src/common/ids.ts'
import { openDatabase, type Db } from '../src/database/database.ts'
import { nodeSecrets } from '../src/database/settings.ts'
import type { ListingDocument } from '../src/directory/document.ts'
import { indexEntries } from '../src/directory/steps.ts'
import { aReader } from '../test/support/browser.ts'
import { addOrigin, inventedPerson } from '../test/support/people.ts'
import { startLoadGenerator } from './load.ts'
import type { Bench, Figure, Surroundings } from './measure.ts'
import { newFolder, startDatabases, startFile, startNodeUnderTest } from './programs.ts'
import { compareThroughput, type Side } from './throughput.ts'

const people = 2_000
const origins = 10
const path = '/directory'
const mail = 'reader@north.example'

/** The directory's first page with 2,000 people listed, for anybody and for somebody signed in. */
export const page: Bench = {
  name: 'page',
  summary: 'the directory page, against the same Express with a static page of the same bytes',
  async run(around) {
    const [databaseUrl = ''] = await startDatabases(around, 'page')
    const node = await startNodeUnderTest(around, 'web', databaseUrl)
    const db = await openDatabase({ url: databaseUrl, entities: [accountEntity], connections: 2 })
    around.atEnd.defer(() => db.close())
    around.tell(`${people} listings`)
    await fill(db)
    const cookie = await signIn(db, node.url)
    const load = startLoadGenerator()
    around.atEnd.defer(() => load.stop())
    const figures: Figure[] = []
    for (const [bench, headers] of [
      ['page.public', { accept: 'text/html' }],
      ['page.signed-in', { accept: 'text/html', cookie }],
    ] as const) {
      const bare = await startBare(around, bench, await pageAt(node.url + path, headers))
      const requests = [{ method: 'GET', path, headers }] as const
      const ours = { url: node.url, pid: node.pid, requests, status: 200 }
      figures.push(
        ...(await compareThroughput(around, load, bench, { ours, baseline: { ...bare, requests, status: 200 } })),
      )
    }
    return figures
  },
}

async function pageAt(url: string, headers: Record<string, string>): Promise<string> {
  const answer = await fetch(url, { headers, redirect: 'error' })
  const text = await answer.text()
  // A page without anybody on it would be quicker, and not what we ask about.
  if (answer.status !== 200 || !text.includes('/directory/')) throw new Error(`${url} shows nobody (${answer.status})`)
  const isSignedIn = text.includes('/sign-out')
  if (isSignedIn !== 'cookie' in headers) throw new Error(`${url} does not know who reads`)
  return text
}

async function startBare(around: Surroundings, bench: string, text: string): Promise<Pick<Side, 'url' | 'pid'>> {
  const file = join(await newFolder(around), `${bench}.html`)
  await writeFile(file, text)
  return startFile(around, 'bench/bare-page.ts', { args: [file] })
}

async function fill(db: Db): Promise<void> {
  const { order } = await nodeSecrets(db)
  await db.transaction(async (tx) => {
    for (let origin = 1; origin <= origins; origin += 1)
      await addOrigin(tx, origin, `node${origin}.example`, { validUntil: rfc3339(later(systemClock(), 365 * day)) })
    const listings = Array.from({ length: people }, (_, number) => {
      const originId = (number % origins) + 1
      return { originId, document: todays(inventedPerson(number, `https://node${originId}.example`)) }
    })
    for (const audience of ['members', 'public'] as const)
      await indexEntries(
        tx,
        order,
        listings.map((listing) => ({ ...listing, audience })),
      )
  })
  await db.pool.query('vacuum analyze directory_entry')
}

// Invented people have dates of their own; a bench runs by the machine's clock.
function todays(document: ListingDocument): ListingDocument {
  const now = systemClock()
  const { peerChat } = document
  return {
    ...document,
    endTime: rfc3339(later(now, 300 * day)),
    ...(peerChat ? { peerChat: { ...peerChat, published: rfc3339(now), endTime: rfc3339(later(now, 60 * day)) } } : {}),
  }
}

async function signIn(db: Db, url: string): Promise<string> {
  await db.pool.query(
    `insert into account (id, mail, role, state, language, created_at) values ($1, $2, 'member', 'active', 'en', $3)`,
    [randomId(), mail, systemClock()],
  )
  const link = new URL(await consoleLink({ db, now: systemClock, newId: randomId }, url, { mail }))
  const reader = aReader(url)
  const answer = await reader.post(link.pathname, { token: link.searchParams.get('token') ?? '' })
  if (answer.status >= 400) throw new Error(`signing in was answered ${answer.status}`)
  return [...reader.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}
