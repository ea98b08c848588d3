// A node on a large directory, and somebody who is signed in there.
import { consoleLink } from '../src/accounts/actions.ts'
import { accountEntity } from '../src/accounts/store.ts'
import { randomId } from '../src/common/ids.ts'
import { openDatabase, type Db } from '../src/database/database.ts'
import { aReader } from '../test/support/browser.ts'
import type { Surroundings } from './measure.ts'
import { populationNow } from './population-people.ts'
import { freePort, newFolder, startFile, type Program } from './programs.ts'

export type PopulatedNode = Program & {
  readonly url: string
  readonly db: Db
  /** What a member sends along. */
  readonly cookie: string
}

const mail = 'reader@here.example'

/** Starts a node on a filled database, and signs a member in. Both end with the bench. */
export async function startPopulatedNode(around: Surroundings, databaseUrl: string): Promise<PopulatedNode> {
  const db = await openDatabase({ url: databaseUrl, entities: [accountEntity], connections: 4 })
  around.atEnd.defer(() => db.close())
  // The origin of a node stays as its first start had it: one that was kept from an earlier bench listens elsewhere now.
  await db.pool.query(`delete from setting where name = 'origin'`)
  const port = await freePort()
  const program = await startFile(around, 'bench/populated-node.ts', {
    settings: {
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      SIDEWAYS_DATA: await newFolder(around),
      SIDEWAYS_ORIGIN: `http://127.0.0.1:${port}`,
      SIDEWAYS_NAME: 'A large directory',
      SIDEWAYS_API_PER_MINUTE: '1000000',
    },
  })
  return { ...program, db, cookie: await signIn(db, program.url) }
}

async function signIn(db: Db, url: string): Promise<string> {
  await db.pool.query(
    `insert into account (id, mail, role, state, language, created_at) values ($1, $2, 'member', 'active', 'en', $3) on conflict do nothing`,
    [randomId(), mail, populationNow],
  )
  const link = new URL(await consoleLink({ db, now: () => populationNow, newId: randomId }, url, { mail }))
  const reader = aReader(url)
  const answer = await reader.post(link.pathname, { token: link.searchParams.get('token') ?? '' })
  if (answer.status >= 400) throw new Error(`signing in was answered ${answer.status}`)
  return [...reader.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}
