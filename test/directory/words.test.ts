import fc from 'fast-check'
import { vocabulary } from '../../src/common/vocabularies.ts'
import { everyFacet, facetKey, facetsOf, languageCodes } from '../../src/directory/facets.ts'
import { cursorText, keyOf, placeOf, placeOfKey, readCursor, startOf } from '../../src/directory/order.ts'
import { namesIn } from '../../src/directory/synonyms.ts'
import { textQuery } from '../../src/directory/text.ts'
import { likeliest, mistyped, typingErrors, unlikelihood } from '../../src/directory/typing.ts'
import { normalised, queryWords, tsvectorText, wordsIn, wordsOf } from '../../src/directory/words.ts'
import { inventedPerson } from '../support/people.ts'

test('a name is found with and without its accents', () => {
  expect(wordsIn('Zoë Siân Łucja Ångström')).toEqual(['zoe', 'sian', 'lucja', 'angstrom'])
  expect(normalised('STRASSE')).toBe(normalised('Straße'))
})

test('a word with an apostrophe or hyphen is found by its parts and as one', () => {
  const { strong } = wordsOf(
    inventedPerson(1, undefined, {
      name: "Aoife O'Brien",
      worksFor: { type: 'Organization', name: 'Betws-y-Coed Museum' },
    }),
  )
  expect(strong).toEqual(expect.arrayContaining(['aoife', 'brien', 'obrien', 'betws', 'coed', 'betwsycoed']))
})

test('common words and single letters are not asked for, unless there is nothing else', () => {
  expect(queryWords('the Council of Cardiff')).toEqual(['council', 'cardiff'])
  expect(queryWords('Cyngor y Ddinas')).toEqual(['cyngor', 'ddinas'])
  expect(queryWords('the')).toEqual(['the'])
  expect(queryWords('!!! …')).toEqual([])
})

test('a role counts in English and Welsh whatever its sender called it', () => {
  const role = {
    type: 'Occupation',
    name: 'Produktmanagerin',
    occupationalCategory: 'https://w3id.org/sideways/roles#product-manager',
  } as const
  expect(wordsOf(inventedPerson(1, undefined, { hasOccupation: [role] })).strong).toEqual(
    expect.arrayContaining(['produktmanagerin', 'product', 'manager', 'rheolwr', 'cynnyrch']),
  )
})

test('no text can break out of a tsvector or a tsquery', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const document = inventedPerson(1, undefined, { name: text, summary: text })
      for (const lexeme of tsvectorText(wordsOf(document)).split(' '))
        expect(lexeme).toMatch(/^('[\p{L}\p{N}]+':(1A|2)|'=[\p{L}\p{N}]+')$/u)
      const query = textQuery(text)
      for (const { words, who } of query?.parts ?? []) {
        expect(words.replaceAll(/'[\p{L}\p{N}]+'(:\*)?/gu, 'w')).toMatch(/^\(w\)( & \(w\))*$/)
        expect(who.replaceAll(/'=[\p{L}\p{N}]+'(:\*)?/gu, 'w')).toMatch(/^\(w\)( & \(w\))*$/)
      }
    }),
  )
})

test.each([
  ['head of product', 'product-manager', []],
  ['Heads of Product', 'product-manager', []],
  ['Pennaeth Cynnyrch', 'product-manager', []],
  ['product manager', 'product-manager', []],
  ['Rheolwyr cynnyrch', undefined, []],
  ['head of product cardiff', 'product-manager', ['cardiff']],
  ['headofproduct', 'product-manager', []],
  ['fund raiser', 'fundraiser', []],
  ['gardener', undefined, ['gardener']],
])('“%s” names the role %s', (text, role, rest) => {
  const { names, rest: left } = namesIn(wordsIn(text))
  expect(names[0]?.facets.find(({ kind }) => kind === 'role')?.value).toBe(role)
  if (role !== undefined) expect(left).toEqual(rest)
})

test.each([
  ['product manager Ireland', ['product-manager', 'IE']],
  ['librarian in Yr Almaen', ['librarian', 'DE']],
  ['week notes archivist', ['week-notes', 'archivist']],
])('“%s” names each of %j', (text, values) => {
  const named = namesIn(wordsIn(text)).names.map(({ facets }) => facets[0]?.value)
  expect(named).toEqual(values)
})

test('a role is known by its name in every language of our lists, in each of its forms', () => {
  const unknown = vocabulary('roles').concepts.flatMap(({ id, label }) =>
    Object.values(label)
      .flatMap((forms) => forms.split(' / '))
      .filter((form) => !namesIn(wordsIn(form)).names.some(({ facets }) => facets.some(({ value }) => value === id))),
  )
  expect(unknown).toEqual([])
  expect(namesIn(wordsIn('Bibliothekarin')).names[0]?.facets[0]?.value).toBe('librarian')
})

test('beside a role, how high somebody stands need not be written in her listing', () => {
  expect(textQuery('senior product manager')?.parts).toHaveLength(1)
  expect(textQuery('senior gardener')?.parts.map(({ words }) => words)).toEqual(["('senior':*) & ('gardener':*)"])
})

test('a practice can be typed as well: people who share it or want to try it', () => {
  expect(namesIn(['week', 'notes']).names[0]?.facets).toEqual([
    { kind: 'share', value: 'week-notes' },
    { kind: 'want', value: 'week-notes' },
  ])
})

test('a swap, a slip, a letter too few or too many is one typing error', () => {
  expect(
    [
      ['sian', 'sain'],
      ['council', 'councel'],
      ['council', 'counci'],
      ['council', 'councill'],
    ].map(([one = '', other = '']) => typingErrors(one, other)),
  ).toEqual([1, 1, 1, 1])
})

test('typing errors are a distance: none to itself, the same both ways, at most the longer word', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 })
  fc.assert(
    fc.property(word, word, (one, other) => {
      expect(typingErrors(one, one)).toBe(0)
      expect(typingErrors(one, other)).toBe(typingErrors(other, one))
      expect(typingErrors(one, other)).toBeLessThanOrEqual(Math.max(one.length, other.length))
      expect(unlikelihood(one, other) === 0).toBe(one === other)
    }),
  )
})

test('short words allow fewer errors than long ones', () => {
  const like = (word: string, candidates: readonly string[]): readonly string[] =>
    mistyped(word, candidates).map(({ word: meant }) => meant)
  expect(like('zoe', ['joe', 'zoo', 'zo', 'zebra'])).toEqual(['zoo', 'zo', 'joe'])
  expect(like('ab', ['ac'])).toEqual([])
  expect(like('pritchrad', ['pritchard', 'richard'])).toEqual(['pritchard'])
})

test.each([
  ['maria', 'marria', 'maraia'], // a letter twice is a likelier slip than another one
  ['davies', 'dabies', 'daxies'], // as is a neighbour on the keyboard
  ['sian', 'sien', 'sipn'], // or another vowel
  ['owen', 'owrn', 'qwen'], // and hardly anybody mistypes the first letter
])('for “%s”, “%s” is a likelier slip than “%s”', (meant, likely, unlikely) => {
  expect(unlikelihood(likely, meant)).toBeLessThan(unlikelihood(unlikely, meant))
})

test('of the words that may have been meant, only those count that are hardly less likely than the first', () => {
  const meant = mistyped('kowlaska', ['kowalska', 'kowalski', 'kowaliska'])
  expect(likeliest(meant)).toEqual(['kowalska'])
  expect(meant.length).toBeGreaterThan(1)
})

test('a concept, country or language that nobody knows makes no facet', () => {
  const { peerChat: _flag, ...stranger } = inventedPerson(1, undefined, {
    hasOccupation: [
      { type: 'Occupation', name: 'Wizard', occupationalCategory: 'https://elsewhere.example/roles#wizard' },
    ],
    worksFor: {
      type: 'Organization',
      name: 'Somewhere',
      sector: 'https://w3id.org/sideways/sectors#wizardry',
      addressCountry: 'QQ',
    },
    knowsLanguage: [{ tag: 'xx-Abcd', level: 'easy' }],
    shares: ['https://w3id.org/sideways/practices#rhythm'],
    wantsToTry: ['https://w3id.org/sideways/roles#product-manager'],
    onlyOne: 'none',
  })
  expect(facetsOf(stranger)).toEqual([])
})

test('every facet of every invented person is in the list of facets, which fits a small table', () => {
  const all = new Set(everyFacet().map(facetKey))
  expect(everyFacet()).toHaveLength(all.size)
  expect(all.size).toBeLessThan(2000)
  const used = Array.from({ length: 300 }, (_, number) => facetsOf(inventedPerson(number)).map(facetKey)).flat()
  expect(used.filter((facet) => !all.has(facet))).toEqual([])
})

test('the languages are those of ISO 639-1, without withdrawn codes', () => {
  expect([...languageCodes()]).toEqual(expect.arrayContaining(['en', 'cy', 'he', 'id', 'gd']))
  for (const old of ['iw', 'in', 'ji']) expect(languageCodes().has(old)).toBe(false)
  expect(languageCodes().size).toBeGreaterThan(170)
})

test('a place in the order depends on the secret, the audience and the listing, and is a key and back', () => {
  const places = [
    placeOf('s', 'members', 'a'),
    placeOf('t', 'members', 'a'),
    placeOf('s', 'public', 'a'),
    placeOf('s', 'members', 'b'),
    startOf('s', '2026-11-22'),
    startOf('s', '2026-11-23'),
  ]
  expect(new Set(places).size).toBe(places.length)
  for (const place of [...places, 0n, (1n << 63n) - 1n]) {
    expect(place).toBeLessThan(1n << 63n)
    expect(keyOf(place)).toMatch(/^[0-9a-z]{13}$/)
    expect(placeOfKey(keyOf(place))).toBe(place)
  }
  expect(placeOfKey('zzzzzzzzzzzzz')).toBeUndefined()
  expect(placeOfKey('short')).toBeUndefined()
})

test('a cursor is read by the node that gave it, and any change to it is noticed', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
      fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
      fc.nat(2),
      fc.nat(1023),
      fc.nat(35),
      (start, last, round, doubted, at) => {
        const text = cursorText('secret', { start, last, round, doubted })
        expect(readCursor('secret', text)).toEqual({ start, last, round, doubted })
        expect(readCursor('other', text)).toBeUndefined()
        const other = text[at] === 'A' ? 'B' : 'A'
        const changed = readCursor('secret', text.slice(0, at) + other + text.slice(at + 1))
        expect(changed).toBeUndefined()
      },
    ),
  )
})
