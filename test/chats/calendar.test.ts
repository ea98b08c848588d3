import fc from 'fast-check'
import { calendarText, mailboxOf, sequenceOf, uidOf, type CalendarFacts } from '../../src/chats/calendar.ts'
import { byIcalJs, readByBoth as read } from '../support/calendar.ts'

// Two parsers that know nothing of each other, and nothing of us, must read the same in each file.

const request = 'https://north.example/ap/people/9q4x/offers/7d5k2m9q4x8w1v3z6b0c'
const facts: CalendarFacts = {
  method: 'REQUEST',
  uid: uidOf(request),
  sequence: 3,
  slot: { from: new Date('2026-12-01T14:00:00Z'), until: new Date('2026-12-01T14:30:00Z') },
  title: 'Peer chat with Grace',
  text: 'The page says where you meet:\nhttps://north.example/me/chats/1',
  url: 'https://north.example/me/chats/1',
  from: 'Sideways at North Council <peers@north.example>',
  reader: 'asha@north.example',
  madeAt: new Date('2026-11-22T09:00:00Z'),
  language: 'en',
}

test('two parsers read the same event', () => {
  expect(read(calendarText(facts))).toEqual({
    method: 'REQUEST',
    uid: facts.uid,
    sequence: 3,
    from: facts.slot.from,
    until: facts.slot.until,
    madeAt: facts.madeAt,
    title: facts.title,
    text: facts.text,
    place: undefined,
    url: facts.url,
    status: 'CONFIRMED',
    isPrivate: true,
    organizer: 'mailto:peers@north.example',
    readers: ['mailto:asha@north.example'],
  })
})

test('what is called off has the same UID, a higher SEQUENCE and CANCELLED, and leaves her free', () => {
  const off = calendarText({ ...facts, method: 'CANCEL', sequence: sequenceOf({ version: 1, by: 'asked' }, true) })
  expect(read(off)).toMatchObject({ method: 'CANCEL', status: 'CANCELLED', uid: facts.uid, sequence: 4 })
  expect(off).toContain('TRANSP:TRANSPARENT')
  expect(calendarText(facts)).toContain('TRANSP:OPAQUE')
})

test('a file that she fetches herself has the place, and asks nothing of anybody', () => {
  const text = calendarText({ ...facts, method: 'PUBLISH', place: 'Room 4, second floor;\nring the bell' })
  expect(read(text)).toMatchObject({
    method: 'PUBLISH',
    place: 'Room 4, second floor; ring the bell',
    readers: [], // RFC 5546 3.2.1
  })
  expect(calendarText(facts)).not.toContain('LOCATION')
})

test('her calendar sends no answer to the node, and nobody else is named', () => {
  const text = calendarText(facts).replaceAll('\r\n ', '')
  expect(text.match(/^ATTENDEE.*$/gm)).toEqual([
    expect.stringMatching(/PARTSTAT=ACCEPTED;RSVP=FALSE.*mailto:asha@north\.example$/i),
  ])
  expect(text).toContain('CLASS:PRIVATE') // who reads her calendar does not read whom she meets
})

test('a time before and one after a change of the clocks are the moments they are, by their Z', () => {
  for (const from of ['2026-10-24T13:00:00Z', '2026-10-26T14:00:00Z', '2027-03-14T06:30:00Z', '2027-04-04T15:59:00Z']) {
    const slot = { from: new Date(from), until: new Date(Date.parse(from) + 45 * 60_000) }
    const text = calendarText({ ...facts, slot })
    expect(read(text)).toMatchObject(slot)
    expect(text).toContain(`DTSTART:${from.replaceAll(/[-:]/g, '')}`)
    expect(text).not.toContain('TZID')
  }
})

test('Welsh and every other writing arrive as they are', () => {
  const title = 'Sgwrs â chymheiriad gyda Siân Ŵyn, “ŷd”; 日本語 😀'
  const text = `${'Mae’r dudalen yn dweud ble byddwch chi’n cwrdd. '.repeat(5)}\nhttps://north.example/me/chats/1`
  expect(read(calendarText({ ...facts, title, text, language: 'cy' }))).toMatchObject({ title, text })
})

test('whatever the words are, lines are at most 75 octets, none is forged, and both parsers read the same', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 120 })
  const nasty = fc.constantFrom(
    'A\r\nBEGIN:VALARM',
    'x\nATTENDEE:mailto:eve@evil.example',
    '\\n\\,;:"',
    'tab\there\u0000and\u007Fthere',
    'END:VEVENT\r\nEND:VCALENDAR',
    '\u2028line',
  )
  fc.assert(
    fc.property(fc.oneof(anyText, nasty), fc.oneof(anyText, nasty), fc.oneof(anyText, nasty), (title, text, place) => {
      const file = calendarText({ ...facts, method: 'PUBLISH', title: `t${title}`, text: `d${text}`, place })
      expect(file.endsWith('END:VCALENDAR\r\n')).toBe(true)
      for (const line of file.split('\r\n')) {
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
        expect(line).not.toMatch(/[\r\n]/)
      }
      const { calendar, event, read: found } = byIcalJs(file)
      expect(calendar.getAllSubcomponents()).toHaveLength(1)
      expect(event.getAllSubcomponents()).toHaveLength(0)
      expect(found).toMatchObject({ uid: facts.uid, readers: [], from: facts.slot.from })
      expect(String(found.title).replaceAll(/\s/gu, '')).toBe(`t${title}`.replaceAll(/[\s\p{Cc}]/gu, ''))
    }),
    { numRuns: 300 },
  )
})

test('the UID is that of the request alone, whoever asks for it, and tells only its host', () => {
  expect(uidOf(request)).toMatch(/^[0-9a-f]{32}@north\.example$/)
  expect(uidOf(request)).toBe(uidOf(request))
  expect(uidOf(`${request}0`)).not.toBe(uidOf(request))
  expect(uidOf('no address; at\r\nall')).toMatch(/^[0-9a-f]{32}@sideways$/)
})

test('of two plans the one that counts has the higher SEQUENCE, and no plan comes after the end', () => {
  const inOrder = [0, 1, 2, 3].flatMap((version) => (['asker', 'asked'] as const).map((by) => ({ version, by })))
  const numbers = inOrder.map((plan) => sequenceOf(plan))
  expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
  expect(new Set(numbers).size).toBe(numbers.length)
  for (const plan of inOrder) expect(sequenceOf(plan, true)).toBeGreaterThan(sequenceOf({ ...plan, by: 'asked' }))
})

test.each([
  ['Sideways <sideways@localhost>', 'Sideways', 'sideways@localhost'],
  ['"Council, North" <peers@north.example>', 'Council, North', 'peers@north.example'],
  ['peers@north.example', '', 'peers@north.example'],
  ['<peers@north.example>', '', 'peers@north.example'],
])('%s is read as a name and an address', (from, name, address) => {
  expect(mailboxOf(from)).toEqual({ name, address })
  const text = calendarText({ ...facts, from }).replaceAll('\r\n ', '')
  expect(text).toContain(`ORGANIZER;CN="${name === '' ? address : name}":mailto:${address}`)
})
