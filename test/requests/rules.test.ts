import fc from 'fast-check'
import { addressingOf } from '../../src/requests/addressing.ts'
import { plainLine, plainText } from '../../src/requests/plain-text.ts'
import { answerProblems, hasLink, lengthOf, longestAnswer, longestText } from '../../src/requests/request.ts'

const asha = 'https://north.example/ap/people/6fd3abcd'
const person = fc
  .tuple(
    fc.constantFrom('mastodon.example', 'gts.example', 'misskey.example:8443'),
    fc.stringMatching(/^[a-z0-9_]{1,12}$/),
  )
  .map(([host, name]) => `https://${host}/users/${name}`)
const everyone = fc.constantFrom(
  'https://www.w3.org/ns/activitystreams#Public',
  'http://www.w3.org/ns/activitystreams#Public',
  'as:Public',
  'Public',
  'public',
  'as:public',
)
const followers = person.map((actor) => `${actor}/followers`)
/** A property as servers write it: nothing, one, one in a list, several, by id or as an object with an id. */
const property = (ids: fc.Arbitrary<string>): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.constantFrom(undefined, null, []),
    ids,
    ids.map((id) => ({ id, type: 'Person' })),
    fc.array(
      fc.oneof(
        ids,
        ids.map((id) => ({ id })),
      ),
      { maxLength: 3 },
    ),
  )
const lists = fc.array(property(person), { minLength: 4, maxLength: 10 })
const places = fc.nat({ max: 9 })

/** The same lists with one more address somewhere in one of them. */
function withOne(all: readonly unknown[], place: number, one: unknown): unknown[] {
  const at = place % all.length
  return all.map((list, index) => (index === at ? [...(Array.isArray(list) ? list : [list ?? asha]), one] : list))
}

test('whatever else it names, a message that names everyone in any spelling, anywhere, is for everyone', () => {
  fc.assert(
    fc.property(lists, places, everyone, fc.boolean(), (all, place, name, asObject) => {
      const spoken = withOne(all, place, asObject ? { id: name } : name)
      expect(addressingOf(spoken, { most: 8 })).toEqual({ to: 'everyone' })
    }),
  )
})

test('a message that names followers anywhere is no direct one, whether by their path or by what their author calls them', () => {
  fc.assert(
    fc.property(lists, places, followers, (all, place, name) => {
      expect(addressingOf(withOne(all, place, name), { most: 8 })).toEqual({ to: 'followers' })
    }),
  )
  const odd = 'https://pleroma.example/c/12345'
  expect(addressingOf([[asha, odd]], { most: 8 })).toMatchObject({ to: 'people' })
  expect(addressingOf([[asha, odd]], { most: 8, followers: odd })).toEqual({ to: 'followers' })
})

test('a message for people names each of them once, in any shape, and more than eight are too many', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(person, { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (all, again) => {
        const doubled = [...all, ...again.map((number) => all[number % all.length])]
        const [to, cc] = [doubled.slice(0, 3), doubled.slice(3).map((id) => ({ id }))]
        expect(addressingOf([to, cc, undefined, to], { most: 8 })).toEqual(
          all.length > 8 ? { to: 'too-many' } : { to: 'people', people: [...all.slice(0, 3), ...all.slice(3)] },
        )
      },
    ),
  )
})

test('what cannot be read is for nobody', () => {
  for (const odd of [5, true, {}, { id: 5 }, ['x'], 'not an address', 'mailto:a@b.example', '', [[asha]]])
    expect(addressingOf([[asha], [odd]], { most: 8 })).toEqual({ to: 'unreadable' })
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 6 }), (anything) => {
      expect(['everyone', 'followers', 'too-many', 'unreadable', 'people']).toContain(
        addressingOf(anything, { most: 8 }).to,
      )
    }),
  )
})

test('paragraphs, lists and line breaks stay; tags, scripts and styles do not', () => {
  expect(plainText('<p>Hello,<br>Asha</p><p>Two <b>things</b>:</p><ul><li>one</li><li>two</li></ul>', 5000)).toBe(
    'Hello,\nAsha\n\nTwo things:\n\n- one\n- two',
  )
  expect(plainText('<p>a</p><script>steal()</script><style>p{}</style><img src=x onerror=steal()>b', 5000)).toBe(
    'a\n\nb',
  )
  expect(plainText('1 &lt; 2 &amp;&amp; &#x27;ok&#39;', 5000)).toBe(`1 < 2 && 'ok'`)
})

test('a link is shown as text, with where it leads if its words say something else', () => {
  expect(plainText('see <a href="https://evil.example/x">north.example</a>', 5000)).toBe(
    'see north.example (https://evil.example/x)',
  )
  const shortened =
    '<a href="https://north.example/a/b"><span class="invisible">https://</span><span class="ellipsis">north.example/a</span><span class="invisible">/b</span></a>'
  expect(plainText(shortened, 5000)).toBe('https://north.example/a/b')
  expect(plainText('<a href="https://north.example/@asha" class="u-url mention">@<span>asha</span></a> hi', 5000)).toBe(
    '@asha hi',
  )
  expect(plainText('<a href="javascript:alert(1)">press</a>', 5000)).toBe('press')
})

test('characters that hide text or turn it around are left out', () => {
  expect(plainText('a\u202Eb\u2066c\u200Bd\u0000e\u{E0041}', 5000)).toBe('abcde')
  expect(plainLine('<b>Cleo</b>\n\u202Eadmin\u202C', 60)).toBe('Cleo admin')
  expect(lengthOf(plainText(`a${'\u0301'.repeat(500)}`, 5000))).toBeLessThan(8)
})

test('of HTML without end only the beginning is looked at, and a sign says that there was more', () => {
  expect(plainText(`hello ${'<p>'.repeat(4_000)}unread`, 5000)).toBe('hello…')
  expect(plainText(`<p>${'a'.repeat(4_990)}</p>`, 5000)).toHaveLength(4_990)
  expect(plainText('<p>'.repeat(80_000), 5000)).toBe('')
})

test('whatever comes in, what is shown has no control character, no tag that was one, and no more than its length', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom('<', '>', 'a', '&', '"', '/', ' ', 'p', '\n', ';') }),
      ),
      (html) => {
        const text = plainText(html, 40)
        expect(lengthOf(text)).toBeLessThanOrEqual(40)
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u)
      },
    ),
  )
  const long = plainText('<p>word </p>'.repeat(20_000), longestText)
  expect(lengthOf(long)).toBe(longestText)
  expect(long.endsWith('…')).toBe(true)
})

test.each([
  '<div>',
  '<a href="x">',
  '<p><blockquote>',
  '<li>a',
  '<br>',
  ' ',
  ' \n',
  '&',
  '<!--',
  '</p>',
  'a\u0301\u0301',
  '<a a ',
])('a quarter of a megabyte of %j takes no time to speak of', (piece) => {
  const began = performance.now()
  plainText(piece.repeat(Math.ceil(262_144 / piece.length)), longestText)
  expect(performance.now() - began).toBeLessThan(20_000)
})

test.each([
  ['https://meet.example/abc', true],
  ['go to www.meet.example', true],
  ['meet.example/room-1 at noon', true],
  ['gemini://meet.example', true],
  ['write to asha@north.example or call 01234 567890', false],
  ['and/or: e.g. 3/4 of it, at 10.30', false],
  ['Diolch. Yr wyf yn rhydd ddydd Iau', false],
])('whether %j holds a link: %s', (text, is) => {
  expect(hasLink(text)).toBe(is)
})

test('an answer is not empty, at most 1,000 characters, and the first without a link', () => {
  expect(answerProblems('', true)).toEqual([{ field: 'answer', rule: 'required' }])
  expect(answerProblems('é'.repeat(longestAnswer), true)).toEqual([])
  expect(answerProblems('😀'.repeat(longestAnswer + 1), true)).toMatchObject([{ rule: 'maxLength' }])
  expect(answerProblems('see https://x.example', true)).toEqual([{ field: 'answer', rule: 'link' }])
  expect(answerProblems('see https://x.example', false)).toEqual([])
})
