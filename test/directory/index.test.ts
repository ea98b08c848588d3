import { openDatabase, rows, type Db } from '../../src/database/database.ts'
import { learnWords, mendDictionary, prepareDirectory } from '../../src/directory/actions.ts'
import { indexEntries, removeEntries, removeEntriesOfOrigin, type EntrySource } from '../../src/directory/steps.ts'
import { entryByListing, search } from '../../src/directory/views.ts'
import { freshDatabase } from '../support/database.ts'
import { addOrigin, inventedNow as now, inventedPerson } from '../support/people.ts'

const secret = 'order'
let db: Db

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
  await prepareDirectory({ db }, 'here.example')
  await addOrigin(db, 1, 'one.example')
  await addOrigin(db, 2, 'two.example')
})
afterAll(() => db.close())
afterEach(async () => {
  for (const origin of [0, 1, 2]) await db.transaction((tx) => removeEntriesOfOrigin(tx, origin))
})

const index = (...sources: readonly EntrySource[]): Promise<void> =>
  db.transaction((tx) => indexEntries(tx, secret, sources))
const found = async (text: string): Promise<number> =>
  (await search(db, now, { audience: 'members' }, { text }, secret)).cards.length
const hasWord = async (word: string): Promise<boolean> =>
  (await rows(db, 'select 1 from word where w = $1', [word])).length > 0

test('preparing again changes nothing and uses up no numbers', async () => {
  const before = await rows<{ last: string; facets: number }>(
    db,
    `select (select last_value from facet_id_seq)::text as last, (select count(*)::int from facet) as facets`,
  )
  await prepareDirectory({ db }, 'here.example')
  expect(
    await rows(
      db,
      `select (select last_value from facet_id_seq)::text as last, (select count(*)::int from facet) as facets`,
    ),
  ).toEqual(before)
  expect(before[0]?.facets).toBeGreaterThan(500)
})

test('a new version of a listing replaces the old one in every word and facet', async () => {
  const document = inventedPerson(1, 'https://one.example', { name: 'Ottoline Quist', peerChat: undefined } as never)
  await index({ originId: 1, audience: 'members', document })
  await index({
    originId: 1,
    audience: 'members',
    document: { ...document, name: 'Ottoline Zander', worksFor: { ...document.worksFor, addressCountry: 'NZ' } },
  })
  expect(await found('quist')).toBe(0)
  expect(await found('zander')).toBe(1)
  expect((await search(db, now, { audience: 'members' }, { countries: ['NZ'] }, secret)).cards).toHaveLength(1)
})

test('people here and everybody can be shown different documents of one listing', async () => {
  const document = inventedPerson(2, 'https://here.example')
  await index(
    { originId: 0, audience: 'members', accountId: 'a1', document: { ...document, name: 'Full Name' } },
    { originId: 0, audience: 'public', accountId: 'a1', document: { ...document, name: 'F.' } },
  )
  const seen = async (audience: 'members' | 'public'): Promise<string | undefined> =>
    (await entryByListing(db, now, { audience }, document.id))?.document.name
  expect([await seen('members'), await seen('public')]).toEqual(['Full Name', 'F.'])
  expect((await search(db, now, { audience: 'public' }, { text: 'full' }, secret)).cards).toEqual([])
  expect((await entryByListing(db, now, { audience: 'members', accountId: 'a1' }, document.id))?.isMine).toBe(true)
  await db.transaction((tx) => removeEntries(tx, [document.id]))
  expect([await seen('members'), await seen('public')]).toEqual([undefined, undefined])
})

test('a listing that one node holds cannot be taken over by another', async () => {
  const document = inventedPerson(3, 'https://one.example', { name: 'Real Person' })
  await index({ originId: 1, audience: 'members', document })
  await index({ originId: 2, audience: 'members', document: { ...document, name: 'Impostor' } })
  const card = await entryByListing(db, now, { audience: 'members' }, document.id)
  expect([card?.document.name, card?.host]).toEqual(['Real Person', 'one.example'])
})

test('the same listing twice in one page of changes is taken once, as it came last', async () => {
  const document = inventedPerson(4, 'https://one.example')
  await index(
    { originId: 1, audience: 'members', document: { ...document, name: 'First' } },
    { originId: 1, audience: 'members', document: { ...document, name: 'Second' } },
  )
  expect((await entryByListing(db, now, { audience: 'members' }, document.id))?.document.name).toBe('Second')
})

test('a person who leaves takes the words of her name along, unless somebody else has them', async () => {
  const one = inventedPerson(5, 'https://one.example', { name: 'Philippa Xylander' })
  const other = inventedPerson(6, 'https://two.example', { name: 'Philippa Yarrow' })
  await index(
    { originId: 1, audience: 'members', document: one },
    { originId: 2, audience: 'members', document: other },
  )
  expect(await hasWord('xylander')).toBe(true)
  await db.transaction((tx) => removeEntries(tx, [one.id]))
  expect([await hasWord('xylander'), await hasWord('philippa')]).toEqual([false, true])
  await db.transaction((tx) => removeEntriesOfOrigin(tx, 2))
  expect([await hasWord('philippa'), await hasWord('yarrow'), await hasWord('manager')]).toEqual([false, false, true])
})

test('what she writes is in the dictionary, and goes with her as well', async () => {
  const document = inventedPerson(7, 'https://one.example', { summary: 'Zymurgy enthusiast' })
  await index({ originId: 1, audience: 'members', document })
  expect(await hasWord('zymurgy')).toBe(true)
  await db.transaction((tx) => removeEntries(tx, [document.id]))
  expect(await hasWord('zymurgy')).toBe(false)
})

test('what many wrote who leave at once goes with the next nightly mending', async () => {
  const documents = Array.from({ length: 30 }, (_, number) =>
    inventedPerson(300 + number, 'https://one.example', { name: `Quillon Q${number}`, summary: 'Zymurgy' }),
  )
  await index(...documents.map((document) => ({ originId: 1, audience: 'members' as const, document })))
  await db.transaction((tx) =>
    removeEntries(
      tx,
      documents.map(({ id }) => id),
    ),
  )
  expect(await hasWord('quillon')).toBe(false)
  await mendDictionary({ db })
  expect(await hasWord('zymurgy')).toBe(false)
})

test('words of many who come at once can be misspelt a little later, but for those who have left meanwhile', async () => {
  const documents = Array.from({ length: 60 }, (_, number) =>
    inventedPerson(400 + number, 'https://one.example', { name: number === 0 ? 'Ottoline' : `Perpetua P${number}` }),
  )
  await index(...documents.map((document) => ({ originId: 1, audience: 'members' as const, document })))
  expect([await found('perpetua'), await found('perpetau'), await hasWord('perpetua')]).toEqual([20, 0, false])
  await db.transaction((tx) => removeEntries(tx, [documents[0]?.id ?? '']))
  expect(await learnWords({ db })).toBe(false)
  expect([await found('perpetau'), await hasWord('perpetua'), await hasWord('ottoline')]).toEqual([20, true, false])
  expect(await rows(db, 'select 1 from word_waiting')).toEqual([])
})

test('the nightly mending puts the dictionary right', async () => {
  await index({
    originId: 1,
    audience: 'members',
    document: inventedPerson(8, 'https://one.example', { name: 'Wilhelmina Ochs' }),
  })
  await rows(db, `delete from word where w = 'wilhelmina'`)
  await rows(db, `insert into word (w) values ('leftover')`)
  await mendDictionary({ db })
  expect([await hasWord('wilhelmina'), await hasWord('leftover'), await hasWord('manager')]).toEqual([
    true,
    false,
    true,
  ])
})

test('removing an origin removes its people and nobody else’s', async () => {
  await index(
    { originId: 1, audience: 'members', document: inventedPerson(9, 'https://one.example') },
    { originId: 2, audience: 'members', document: inventedPerson(10, 'https://two.example') },
  )
  await db.transaction((tx) => removeEntriesOfOrigin(tx, 1))
  expect((await search(db, now, { audience: 'members' }, {}, secret)).cards.map(({ host }) => host)).toEqual([
    'two.example',
  ])
})

test('two writers at once wait for each other and both arrive', async () => {
  const people = (origin: number): EntrySource[] =>
    Array.from({ length: 200 }, (_, number) => ({
      originId: origin,
      audience: 'members',
      document: inventedPerson(1000 + number, `https://${origin === 1 ? 'one' : 'two'}.example`, {
        name: `Same${number % 50} Names${(number * 7) % 50}`,
      }),
    }))
  await Promise.all([index(...people(1)), index(...people(2).toReversed()), index(...people(1).toReversed())])
  expect((await search(db, now, { audience: 'members' }, {}, secret)).total).toEqual({ value: 400, relation: 'equal' })
})
