import { openDatabase, rows, type Db } from '../../src/database/database.ts'
import { facetCounts } from '../../src/directory/count-views.ts'
import type { Audience } from '../../src/directory/order.ts'
import { ensureFacets, ensureOwnOrigin, indexEntries } from '../../src/directory/steps.ts'
import { search, widerSearches } from '../../src/directory/views.ts'
import { freshDatabase } from '../support/database.ts'
import { addOrigin, inventedNow as now, inventedPerson } from '../support/people.ts'

const secret = 'order'
let db: Db
let number = 0

beforeAll(async () => {
  db = await openDatabase({ url: await freshDatabase(), entities: [] })
})
afterAll(() => db.close())

// Node 1 is shown, node 2 is hidden here, the lease of node 3 has ended.
beforeEach(async () => {
  await db.transaction(async (tx) => {
    await rows(tx, 'truncate directory_entry, origin, word cascade')
    await ensureOwnOrigin(tx, 'here.example')
    await ensureFacets(tx)
    await addOrigin(tx, 1, 'shown.example')
    await addOrigin(tx, 2, 'hidden.example', { hidden: true })
    await addOrigin(tx, 3, 'lapsed.example', { validUntil: '2026-11-01T00:00:00Z' })
  })
})

type Where = {
  readonly originId?: number
  readonly audience?: Audience
  readonly endTime?: string
  readonly summary?: string
  readonly country?: string
}

/** Lists people of these names and no telling words besides. */
async function list(
  names: readonly string[],
  { originId = 1, audience = 'public', endTime = '2027-09-02T10:00:00Z', summary = 'Q', country = 'IE' }: Where = {},
): Promise<void> {
  const sources = names.map((name) => {
    number += 1
    const document = inventedPerson(number, 'https://shown.example', {
      name,
      summary,
      endTime,
      worksFor: { type: 'Organization', name: 'Q', addressCountry: country },
      hasOccupation: [{ type: 'Occupation', name: 'Q' }],
    })
    return { originId, audience, document }
  })
  await db.transaction((tx) => indexEntries(tx, secret, sources))
}

async function namesFor(audience: Audience, text: string): Promise<readonly string[]> {
  return (await search(db, now, { audience }, { text }, secret)).cards.map(({ document }) => document.name).toSorted()
}

const unseen: readonly (readonly [string, Where])[] = [
  ['of members', { audience: 'members' }],
  ['of an origin hidden here', { originId: 2 }],
  ['of an origin whose lease ended', { originId: 3 }],
  ['past its review', { endTime: '2026-11-01T10:00:00Z' }],
]

test.each(unseen)('a name %s does not tell a stranger by her typing error that it exists', async (_whose, where) => {
  await list(['Rhiannen'])
  expect(await namesFor('public', 'rhiannon')).toEqual(['Rhiannen'])
  await list(['Rhiannon'], where)
  expect(await namesFor('public', 'rhiannon')).toEqual(['Rhiannen'])
})

test.each(unseen)('names %s do not push out a similar one that a stranger may see', async (_whose, where) => {
  await list(['Rhiannun'])
  await list(
    Array.from('bcdfghjklmpqrstvwxyz').flatMap((letter) => [`Rhianno${letter}`, `Rhi${letter}nnon`]),
    where,
  )
  expect(await namesFor('public', 'rhiannon')).toEqual(['Rhiannun'])
})

test.each(unseen)('a name %s does not change which role a title with a typing error means', async (_whose, where) => {
  await db.transaction((tx) =>
    indexEntries(tx, secret, [{ originId: 1, audience: 'public', document: productManager }]),
  )
  const before = await namesFor('public', 'head of prodcut')
  expect(before).toEqual([productManager.name])
  await list(['Prodcut', 'Prodcat'], where)
  expect(await namesFor('public', 'head of prodcut')).toEqual(before)
})

test.each(unseen)(
  'an introduction %s does not tell a stranger by her typing error what is in it',
  async (_whose, where) => {
    await list(['Ann'], { summary: 'Allotmemts' })
    expect(await namesFor('public', 'alotments')).toEqual(['Ann'])
    await list(['Bea'], { ...where, summary: 'Allotments' })
    expect(await namesFor('public', 'alotments')).toEqual(['Ann'])
  },
)

test.each(unseen)('a name %s joins no words and parts none', async (_whose, where) => {
  await list(['Wintar Bourne', 'Rhiannon Cadwaladr'])
  const found = async (): Promise<readonly (readonly string[])[]> => [
    await namesFor('public', 'winter bourne'),
    await namesFor('public', 'rhiannoncadwaladr'),
  ]
  expect(await found()).toEqual([['Wintar Bourne'], ['Rhiannon Cadwaladr']])
  await list(['Winterbourne', 'Rhiannoncadwaladx'], where)
  expect(await found()).toEqual([['Wintar Bourne'], ['Rhiannon Cadwaladr']])
})

test('words in an introduction are found with typing errors too, after names with the very word', async () => {
  await list(['Ann Hospice'])
  await list(['Bea'], { summary: 'I look after a hospice.' })
  const { cards } = await search(db, now, { audience: 'public' }, { text: 'hospice' }, secret)
  expect(cards.map(({ document }) => document.name)).toEqual(['Ann Hospice', 'Bea'])
  expect(await namesFor('public', 'hopsice')).toEqual(['Ann Hospice', 'Bea'])
})

test('where nobody has all words, each may be an error, although somebody has it', async () => {
  await list(['Sian Bevan', 'Sain Parri'])
  expect(await namesFor('public', 'sain bevan')).toEqual(['Sian Bevan'])
  expect(await namesFor('public', 'sain parri')).toEqual(['Sain Parri'])
})

test('somebody with the very words who comes between two pages takes nobody off the next', async () => {
  const like = Array.from({ length: 30 }, (_, index) => `Rhiannen Bevan${index}`)
  for (const [text, comer] of [
    ['rhiannon', 'Rhiannon'],
    ['rhiannon parri', 'Rhiannon Parri'],
  ] as const) {
    await list(like.map((name) => `${name} Parri`))
    const first = await search(db, now, { audience: 'public' }, { text }, secret)
    expect(first.widened).toBe(true)
    await list([comer])
    const second = await search(db, now, { audience: 'public' }, { text, after: first.next ?? '' }, secret)
    expect([...first.cards, ...second.cards].map(({ document }) => document.name).toSorted()).toEqual(
      like.map((name) => `${name} Parri`).toSorted(),
    )
    await db.transaction((tx) => rows(tx, 'truncate directory_entry, word cascade'))
  }
})

test('an empty search widens also to people with similar words, where those with the very words are none', async () => {
  await list(['Rhiannen'])
  const query = { text: 'rhiannon', countries: ['NO'] }
  expect((await search(db, now, { audience: 'public' }, query, secret)).cards).toEqual([])
  const ways = await widerSearches(db, now, { audience: 'public' }, query)
  expect(ways.map(({ query: less }) => less)).toContainEqual({ text: 'rhiannon' })
})

test('beside a choice that leaves enough people with the very words, those with similar ones are not counted', async () => {
  const twelve = Array.from({ length: 12 }, (_, index) => `Rhiannen${index}`)
  for (const country of ['GB', 'FR']) await list(twelve, { country, summary: 'Rhiannen' })
  await list(['Ann', 'Bea', 'Cai'], { country: 'GB', summary: 'Rhiannon' })
  const query = { text: 'rhiannon', countries: ['FR'] }
  const { values } = await facetCounts(db, now, { audience: 'public' }, query)
  for (const country of ['GB', 'FR']) {
    const { total } = await search(db, now, { audience: 'public' }, { ...query, countries: [country] }, secret)
    expect([country, values.get(`country:${country}`)]).toEqual([country, total])
  }
})

test('a name of members is known to members, and theirs alone is found', async () => {
  await list(['Rhiannen'], { audience: 'members' })
  expect(await namesFor('members', 'rhiannon')).toEqual(['Rhiannen'])
  await list(['Rhiannon'], { audience: 'members' })
  expect(await namesFor('members', 'rhiannon')).toEqual(['Rhiannon'])
})

test('a word that a stranger may see is known, and so are the words of roles whoever is listed', async () => {
  await list(['Rhiannen', 'Rhiannon', 'Desinger'])
  expect(await namesFor('public', 'rhiannon')).toEqual(['Rhiannon'])
  expect(await namesFor('public', 'designer')).toEqual([])
})

const productManager =
  Array.from({ length: 500 }, (_, index) => inventedPerson(50_000 + index, 'https://shown.example')).find(
    ({ hasOccupation: [role] }) => role?.occupationalCategory?.endsWith('product-manager') === true,
  ) ?? inventedPerson(50_000)
