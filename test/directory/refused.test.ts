import fc from 'fast-check'
import { openDatabase, type Db } from '../../src/database/database.ts'
import { mendRefusedOrigins } from '../../src/directory/actions.ts'
import { freshDatabase } from '../support/database.ts'
import { addOrigin } from '../support/people.ts'

let db: Db

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
  await db.pool.query(
    `insert into block_list (url, subscribed_at, checked_at, changed_at) values ('https://lists.example/refused.csv', now(), now(), now())`,
  )
})
afterAll(() => db.close())

const hosts = ['a.example', 'b.a.example', 'c.b.a.example:8443', 'd.example', '[::1]:3000']
const domains = ['a.example', 'b.a.example', 'example', 'd.example']
const host = fc.nat(hosts.length - 1)
const domain = fc.constantFrom(...domains)
const following = fc.constantFrom('no', 'requested', 'accepted', 'ended')

type Change = { readonly sql: string; readonly values: readonly unknown[] }
const change = (sql: string, ...values: readonly unknown[]): Change => ({ sql, values })

const changes: fc.Arbitrary<Change> = fc.oneof(
  domain.map((name) =>
    change(`insert into domain_block (domain, reason, blocked_at) values ($1, '', now()) on conflict do nothing`, name),
  ),
  domain.map((name) => change('delete from domain_block where domain = $1', name)),
  domain.map((name) =>
    change(
      'update domain_block set domain = $1 where domain = (select min(domain) from domain_block) and not exists (select from domain_block where domain = $1)',
      name,
    ),
  ),
  domain.map((name) =>
    change('insert into block_list_entry (list_id, domain) select id, $1 from block_list on conflict do nothing', name),
  ),
  domain.map((name) => change('delete from block_list_entry where domain = $1', name)),
  fc.constant(change('truncate block_list_entry')),
  host.map((index) => change('delete from origin where origin_id = $1', index + 1)),
  host.map((index) =>
    change(
      `insert into origin (origin_id, host, valid_until) values ($1, $2, now()) on conflict do nothing`,
      index + 1,
      hosts[index],
    ),
  ),
  host.map((index) =>
    change(`update origin set host = 'moved.' || host where origin_id = $1 and host not like 'moved.%'`, index + 1),
  ),
  fc.tuple(host, following).map(([index, state]) =>
    change(
      `insert into partner (host, origin, directory_id, inbox, listings_url, statement_url, name, organisation, directory_key, following, follower, created_at, updated_at)
         values ($1, $1, $1, '', '', '', '', '', '', $2, 'no', now(), now()) on conflict (host) do update set following = excluded.following`,
      hosts[index],
      state,
    ),
  ),
  host.map((index) => change('delete from partner where host = $1', hosts[index])),
)

test('whatever changes, those origins are hidden that the one rule refuses, at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 12 }), async (made) => {
      await db.pool.query(
        'delete from origin; delete from domain_block; delete from block_list_entry; delete from partner',
      )
      await db.pool.query(`insert into origin (origin_id, host, valid_until) values (0, 'a.example.here', now())`)
      for (const [index, name] of hosts.entries()) await addOrigin(db, index + 1, name)
      for (const { sql, values } of made) {
        await db.pool.query(sql, [...values])
        const { rows } = await db.pool.query<{ kept: number[]; ruled: number[] }>(
          `select array(select origin_id from refused_origin order by 1) as kept,
             array(select origin_id from origin where origin_id > 0 and refused_host(host) order by 1) as ruled`,
        )
        expect(rows[0]?.kept).toEqual(rows[0]?.ruled)
      }
    }),
    { numRuns: 60 },
  )
})

test('an origin that comes while its domain is being blocked is hidden too', async () => {
  await db.pool.query('delete from origin; delete from domain_block; delete from block_list_entry; delete from partner')
  const blocker = await db.pool.connect()
  try {
    await blocker.query('begin')
    await blocker.query(`insert into domain_block (domain, reason, blocked_at) values ('a.example', '', now())`)
    const coming = addOrigin(db, 1, 'a.example')
    await blocker.query('commit')
    await coming
  } finally {
    blocker.release()
  }
  expect((await db.pool.query('select origin_id from refused_origin')).rows).toEqual([{ origin_id: 1 }])
})

test('what two changes at once left wrong is put right within the hour', async () => {
  await db.pool.query('delete from domain_block')
  await db.pool.query(
    `insert into refused_origin (origin_id) select origin_id from origin where origin_id > 0 on conflict do nothing`,
  )
  await mendRefusedOrigins({ db })
  expect((await db.pool.query('select origin_id from refused_origin')).rows).toEqual([])
})
