import { migrations, migrationSql } from '../../migrations/index.ts'
import { openDatabase, rows } from '../../src/database/database.ts'
import { noteByNumber, standingNotes } from '../../src/federation/note-views.ts'
import { emptyDatabase } from '../support/database.ts'

test('posts that an older version sent keep their addresses, and those that were deleted stay deleted', async () => {
  const db = await openDatabase({ url: await emptyDatabase(), entities: [] })
  try {
    const before = migrations.slice(0, migrations.indexOf('017-posts'))
    for (const name of before) await rows(db, migrationSql(name))
    const flag = (id: string, number: number, closed: string | null) =>
      rows(
        db,
        `insert into chat_flag (id, account_id, number, kinds, boundaries, capacity, hidden_here, opened_at, ends_at, closed_at, closed_because)
         values ($1, 'a', $2, '{first-chat}', '{}', 1, false, '2026-11-01', '2026-12-01', $3::timestamptz, case when $3::timestamptz is null then null else 'person' end)`,
        [id, number, closed],
      )
    const at = '2026-11-01T00:00:00Z'
    await rows(
      db,
      `insert into account (id, mail, role, state, language, created_at) values ('a', 'a@north.example', 'member', 'active', 'en', $1)`,
      [at],
    )
    await rows(db, `insert into person (id, account_id, created_at) values ('p', 'a', $1)`, [at])
    await flag('f1', 1, '2026-11-02T00:00:00Z')
    await flag('f2', 2, null)
    const note = (flagId: string, deleted: string | null) =>
      rows(
        db,
        `insert into flag_note (flag_id, person_id, body, made_at, deleted_at) values ($1, 'p', '{"id":"x"}', $2, $3)`,
        [flagId, at, deleted],
      )
    await note('f1', at)
    await note('f2', null)
    for (const name of migrations.slice(before.length)) await rows(db, migrationSql(name))
    expect(await standingNotes(db, 'p')).toMatchObject([
      { number: 2, kind: 'opened', flagNumber: 2, body: '{"id":"x"}', endsAt: new Date('2026-12-01T00:00:00Z') },
    ])
    expect(await noteByNumber(db, 'p', 1)).toMatchObject({ body: null, deletedAt: new Date(at) })
  } finally {
    await db.close()
  }
})
