import { keyedHash } from '../../src/common/ids.ts'
import { minute, later } from '../../src/common/clock.ts'
import { oneRow, rows, type Tx } from '../../src/database/database.ts'
import { chooseHandle, saveAudience, saveFields } from '../../src/profile/actions.ts'
import type { Receipt } from '../../src/profile/receipt.ts'
import { choosePublicFields, keepReceipt, retireHandle } from '../../src/profile/steps.ts'
import { freeHandle, handleIsOut, profileOf, receipts } from '../../src/profile/views.ts'
import { aNode, type TestNode } from '../support/node.ts'
import { asha } from './people.ts'

let node: TestNode
let count = 0
beforeAll(async () => {
  node = await aNode()
})

async function anAccount(state = 'active'): Promise<string> {
  count += 1
  const id = `account${count}`
  await rows(
    node.app.db,
    `insert into account (id, mail, role, state, language, created_at) values ($1, $2, 'member', $3, 'en', $4)`,
    [id, `${id}@north.example`, state, node.time],
  )
  return id
}

const inTransaction = <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> => node.app.db.transaction(work)
const needs = () => ({ ...node.app, hashingKey: node.app.secrets.hashing })

test('two tabs that save different pages at the same moment are both kept', async () => {
  const id = await anAccount()
  await saveFields(node.app, id, asha)
  await Promise.all([
    saveFields(node.app, id, { place: 'Northford' }),
    saveFields(node.app, id, { introduction: 'Hello.' }),
    saveFields(node.app, id, { onlyOne: undefined }),
    saveAudience(node.app, id, { levels: { place: 0 }, onlyOneInPublic: false }),
    saveAudience(node.app, id, { levels: { displayName: 5 }, onlyOneInPublic: false }),
    chooseHandle(needs(), id, 'asha_tabs'),
  ])
  const { onlyOne: _, ...rest } = asha
  expect(await profileOf(node.app.db, id)).toMatchObject({
    fields: { ...rest, place: 'Northford', introduction: 'Hello.' },
    audience: { place: 0, displayName: 5 },
    handle: 'asha_tabs',
  })
  expect((await profileOf(node.app.db, id))?.fields).not.toHaveProperty('onlyOne')
})

test('two first answers at the same moment make one profile', async () => {
  const id = await anAccount()
  await Promise.all([
    saveFields(node.app, id, { displayName: 'Asha' }),
    saveFields(node.app, id, { place: 'Northford' }),
  ])
  expect((await profileOf(node.app.db, id))?.fields).toEqual({ displayName: 'Asha', place: 'Northford' })
})

test('every save asks once for a listing to follow, and one that is refused asks for nothing', async () => {
  const id = await anAccount()
  const asked = () =>
    rows(node.app.db, `select 1 from graphile_worker.jobs where task_identifier = 'listing.republish' and key = $1`, [
      `listing.republish:${id}`,
    ])
  await expect(saveFields(node.app, id, { roles: ['wizard'] })).rejects.toThrow('roles unknown')
  expect(await asked()).toHaveLength(0)
  expect(await profileOf(node.app.db, id)).toBeUndefined()
  await saveFields(node.app, id, { displayName: 'Asha' })
  await saveAudience(node.app, id, { levels: { place: 0 }, onlyOneInPublic: false })
  await chooseHandle(needs(), id, 'asha_jobs')
  expect(await asked()).toHaveLength(1)
})

test('somebody who waits for approval, or has left, cannot save', async () => {
  for (const id of [await anAccount('waiting'), await anAccount('closed'), 'nobody']) {
    await expect(saveFields(node.app, id, { displayName: 'Asha' })).rejects.toMatchObject({ code: 'not-allowed' })
  }
})

test('of two people who want the same handle at the same moment, one gets it', async () => {
  const [one, other] = [await anAccount(), await anAccount()]
  const ends = await Promise.allSettled([chooseHandle(needs(), one, 'sam'), chooseHandle(needs(), other, '@Sam')])
  expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(ends.find((end) => end.status === 'rejected')?.reason).toMatchObject({
    problems: [{ field: 'handle', rule: 'taken' }],
  })
  expect(await freeHandle(node.app.db, node.app.secrets.hashing, 'Sam')).toBe('sam_2')
})

test('a handle that nobody outside knows can be changed, and somebody else may have the old one', async () => {
  const [one, other] = [await anAccount(), await anAccount()]
  await chooseHandle(needs(), one, 'first_choice')
  await chooseHandle(needs(), one, 'second_choice')
  await chooseHandle(needs(), other, 'first_choice')
  expect((await profileOf(node.app.db, one))?.handle).toBe('second_choice')
})

test('a handle that other servers know cannot be changed', async () => {
  const id = await anAccount()
  await chooseHandle(needs(), id, 'known_outside')
  await rows(node.app.db, 'insert into person (id, account_id, handle, created_at) values ($1, $2, $3, $4)', [
    `person-${id}`,
    id,
    'known_outside',
    node.time,
  ])
  expect(await handleIsOut(node.app.db, id)).toBe(true)
  await expect(chooseHandle(needs(), id, 'another')).rejects.toMatchObject({
    problems: [{ field: 'handle', rule: 'out' }],
  })
  await chooseHandle(needs(), id, 'known_outside')
})

test('a retired handle is never given out again, not even to the one who had it, and only its hash is kept', async () => {
  const [one, other] = [await anAccount(), await anAccount()]
  await chooseHandle(needs(), one, 'once_only')
  await inTransaction((tx) => retireHandle(tx, node.app.secrets.hashing, 'once_only', node.time))
  await inTransaction((tx) => retireHandle(tx, node.app.secrets.hashing, 'once_only', node.time))
  expect((await profileOf(node.app.db, one))?.handle).toBeNull()
  for (const id of [one, other])
    await expect(chooseHandle(needs(), id, 'once_only')).rejects.toMatchObject({ problems: [{ rule: 'retired' }] })
  expect(await freeHandle(node.app.db, node.app.secrets.hashing, 'Once Only')).toBe('once_only_2')
  const kept = await rows<{ hash: string }>(node.app.db, 'select * from retired_handle')
  expect(JSON.stringify(kept)).not.toContain('once_only')
  expect(kept.map(({ hash }) => hash)).toContain(keyedHash(node.app.secrets.hashing, 'once_only'))
})

test('the yes to public opens what it names, in its own transaction', async () => {
  const id = await anAccount()
  await saveFields(node.app, id, asha)
  await inTransaction((tx) =>
    choosePublicFields(tx, id, { open: ['displayName', 'roles', 'onlyOne'], closed: [] }, node.time),
  )
  expect((await profileOf(node.app.db, id))?.audience).toEqual({ displayName: 5, roles: 5, roleInWords: 5 })
  await inTransaction((tx) => choosePublicFields(tx, 'nobody', { open: ['displayName'], closed: [] }, node.time))
})

test('receipts are read back word for word, newest first, and only by their owner', async () => {
  const [one, other] = [await anAccount(), await anAccount()]
  const receipt: Receipt = {
    id: 'receipt1',
    accountId: one,
    purpose: 'here',
    given: true,
    wordingVersion: '2026-11',
    wording: 'You will be found here.',
    language: 'en',
    channel: 'page',
    at: node.time,
  }
  const taken: Receipt = {
    ...receipt,
    id: 'receipt2',
    given: false,
    channel: 'job',
    language: 'cy',
    wording: 'Dim mwy.',
    at: later(node.time, minute),
  }
  await inTransaction((tx) => keepReceipt(tx, receipt))
  await inTransaction((tx) => keepReceipt(tx, taken))
  expect(await receipts(node.app.db, one)).toEqual([taken, receipt])
  expect(await receipts(node.app.db, other)).toEqual([])
})

test('a profile and its receipts end with the account', async () => {
  const id = await anAccount()
  await saveFields(node.app, id, asha)
  await rows(node.app.db, 'delete from account where id = $1', [id])
  expect(await oneRow(node.app.db, 'select 1 from profile where account_id = $1', [id])).toBeUndefined()
})
