// The people of a large invented directory: number n of a seed is always the same person.
import { createHash } from 'node:crypto'
import { day, dayOf, later, rfc3339 } from '../src/common/clock.ts'
import { conceptIri, vocabulary, type Concept } from '../src/common/vocabularies.ts'
import type { FlagDocument, ListingDocument } from '../src/directory/document.ts'
import { countries, ofWales, type Tongue } from './population-words.ts'

/** When the invented people are looked at; all their times lie around it. */
export const populationNow = new Date('2026-11-22T09:00:00Z')

/** Numbers that look random and are the same every time for the same seed and number (mulberry32), at least 0 and below 1. */
export function chanceOf(seed: number, number: number): () => number {
  let state = (Math.imul(seed + 1, 0x9e_37_79_b1) ^ Math.imul(number + 1, 0x85_eb_ca_6b)) >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_00_00_00_00
  }
}

/** Draws one of a list, each with its weight. */
export function drawFrom<Value>(weighted: readonly (readonly [Value, number])[]): (chance: number) => Value {
  const sums: number[] = []
  let sum = 0
  for (const [, weight] of weighted) sums.push((sum += weight))
  return (chance) => {
    const found = weighted[sums.findIndex((limit) => chance * sum < limit)]
    if (!found) throw new Error('nothing to draw from')
    return found[0]
  }
}

/** Values with the weights of Zipf: the n-th has 1 / n^exponent. */
export function zipf<Value>(values: readonly Value[], exponent: number): readonly (readonly [Value, number])[] {
  return values.map((value, index) => [value, 1 / (index + 1) ** exponent] as const)
}

const chosen = (name: 'roles' | 'practices'): readonly Concept[] =>
  vocabulary(name).concepts.filter(({ broader }) => broader !== undefined)
// Lists are in an order that people like to read; who is common should not follow from it.
const shuffled = <Value>(values: readonly Value[], seed: number): readonly Value[] => {
  const next = chanceOf(seed, 1_000_003)
  return values
    .map((value) => ({ value, place: next() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ value }) => value)
}
const drawRole = drawFrom(zipf(shuffled(chosen('roles'), 1), 0.85))
const drawSector = drawFrom(zipf(shuffled(vocabulary('sectors').concepts, 2), 0.6))
const drawPractice = drawFrom(zipf(shuffled(chosen('practices'), 3), 0.6))
const drawKind = drawFrom(zipf(shuffled(vocabulary('conversation-kinds').concepts, 4), 0.7))
const drawCountry = drawFrom(countries.map(([code, weight, tongue]) => [{ code, tongue }, weight] as const))
const others =
  'de fr es sv nl pl ga cy it pt fi da no hi ur bn ta pa ar so yo ig sw zh ja ko tr ro hu cs uk el sq'.split(' ')
const drawOther = drawFrom(zipf(others, 0.9))
const titles = Map.groupBy(vocabulary('role-titles').concepts, ({ broader }) => broader)

/** One person on the node `host`, as her listing travels. */
export function personOf(seed: number, number: number, host: string): ListingDocument {
  const next = chanceOf(seed, number)
  const { code, tongue: usual } = drawCountry(next())
  const tongue = code === 'GB' && next() < 0.09 ? ofWales : usual
  const origin = `https://${host}`
  const person = `${origin}/ap/people/${idOf(seed, number, 'person')}`
  const name = `${pick(tongue.given, next())} ${familyName(tongue, next)}`
  const roles = [...new Set(next() < 0.18 ? [drawRole(next()), drawRole(next())] : [drawRole(next())])]
  const published = later(populationNow, -Math.floor(next() * 600) * day)
  const reviewed = next() < 0.01 ? -Math.ceil(next() * 40) : 1 + Math.floor(next() * 364)
  const onlyOne = next()
  return {
    id: `${origin}/ap/directory/listings/${idOf(seed, number, 'listing')}`,
    type: 'FeaturedItem',
    attributedTo: `${origin}/ap/directory`,
    featuredObject: person,
    seq: number + 1,
    published: rfc3339(published),
    updated: rfc3339(published),
    endTime: rfc3339(later(populationNow, reviewed * day)),
    to: [`${origin}/ap/directory/followers`],
    name,
    ...(next() < 0.5 ? { url: `${origin}/people/${idOf(seed, number, 'person').slice(0, 12)}` } : {}),
    summary: introduction(tongue, next),
    hasOccupation: roles.map((role) => occupation(role, next)),
    onlyOne: onlyOne < 0.2 ? 'team' : onlyOne < 0.35 ? 'organisation' : 'none',
    worksFor: {
      type: 'Organization',
      name: organisation(tongue, host, next),
      sector: conceptIri('sectors', drawSector(next()).id),
      addressCountry: code,
    },
    knowsLanguage: languagesOf(tongue, next),
    shares: several(Math.floor(next() * 5), () => conceptIri('practices', drawPractice(next()).id)),
    wantsToTry: several(Math.floor(next() * 5), () => conceptIri('practices', drawPractice(next()).id)),
    ...(next() < 0.3 ? { peerChat: flag(person, next) } : {}),
  }
}

function pick<Value>(list: readonly Value[], chance: number): Value {
  const value = list[Math.floor(chance * list.length)]
  if (value === undefined) throw new Error('nothing to pick from')
  return value
}

// As with real names: a few are everywhere, most are rare.
function common<Value>(list: readonly Value[], chance: number): Value {
  return pick(list, chance ** 1.7)
}

function several<Value>(count: number, draw: () => Value): Value[] {
  return [...new Set(Array.from({ length: count }, draw))]
}

function familyName(tongue: Tongue, next: () => number): string {
  const middle = next() < 0.45 ? '' : common(tongue.middles, next())
  const made = common(tongue.starts, next()) + middle + common(tongue.ends, next())
  return next() < 0.03 ? `${made}-${common(tongue.starts, next())}${common(tongue.ends, next())}` : made
}

// A node's people work mostly for the few organisations that share it.
function organisation(tongue: Tongue, host: string, next: () => number): string {
  const of = chanceOf(Number(/\d+/.exec(host)?.[0] ?? 0), Math.floor(next() ** 2 * 6))
  const place = common(tongue.starts, of()) + pick(tongue.middles, of()) + pick(tongue.places, of())
  return `${place} ${pick(tongue.bodies, of())}`
}

const topicStarts = 'b br c ch d dr f g gl gr h k l m n p pr r s st t tr v w'.split(' ')
const topicEnds = 'ad al an ant ar em en er ing ion is ment or um ure ble tal sse ndo rik'.split(' ')

// About 10,000 words that people write, few of them often.
function topic(next: () => number): string {
  const number = Math.floor(10_000 * next() ** 3.5)
  const vowel = 'aeiou'[number % 5] ?? ''
  const start = topicStarts[Math.floor(number / 5) % topicStarts.length] ?? ''
  const end = topicEnds[Math.floor(number / 5 / topicStarts.length) % topicEnds.length] ?? ''
  const more = Math.floor(number / 5 / topicStarts.length / topicEnds.length)
  return `${start}${vowel}${more === 0 ? '' : (topicEnds[more] ?? '')}${end}`
}

const mostLetters = 400

function introduction(tongue: Tongue, next: () => number): string {
  const wanted = 230 + next() * 150
  let text = ''
  for (let tries = 0; text.length < wanted && tries < 20; tries += 1) {
    const sentence = pick(tongue.sentences, next()).replaceAll('{}', () => topic(next))
    if (text.includes(sentence)) continue // nobody says a thing twice
    if (text.length + sentence.length + 1 > mostLetters) break
    text += `${text === '' ? '' : ' '}${sentence}`
  }
  return text
}

function occupation(role: Concept, next: () => number): ListingDocument['hasOccupation'][number] {
  const known = titles.get(role.id) ?? []
  const said = next() < 0.35 && known.length > 0 ? pick(known, next()) : role
  return { type: 'Occupation', name: said.label.en, occupationalCategory: conceptIri('roles', role.id) }
}

function languagesOf(tongue: Tongue, next: () => number): NonNullable<ListingDocument['knowsLanguage']> {
  const tags = new Set([tongue.tag])
  if (next() < 0.72) tags.add('en')
  if (next() < 0.2) tags.add(drawOther(next()))
  return [...tags].map((tag) => {
    const chance = next()
    if (tag === tongue.tag) return { tag, level: 'easy' }
    return { tag, level: chance < 0.35 ? 'easy' : chance < 0.75 ? 'fine' : 'slow' }
  })
}

// One in twenty has ended, and nobody took it down yet.
function flag(person: string, next: () => number): FlagDocument {
  const opened = later(populationNow, -Math.floor(next() * 60) * day)
  const length = next() < 0.05 ? 0 : 61 + Math.floor(next() * 28)
  const chat = `${person}/chat/${1 + Math.floor(next() * 4)}`
  return {
    id: chat,
    type: 'Proposal',
    purpose: 'offer',
    attributedTo: person,
    published: rfc3339(opened),
    endTime: `${dayOf(later(opened, length * day))}T23:59:59Z`,
    kinds: several(1 + Math.floor(next() * 3), () => conceptIri('conversation-kinds', drawKind(next()).id)),
    boundaries: several(Math.floor(next() * 3), () =>
      pick(['no-selling', 'no-recruiting', 'no-press', 'not-my-organisation'], next()),
    ),
    publishes: {
      id: `${chat}#primary`,
      type: 'Intent',
      action: 'deliverService',
      resourceConformsTo: 'https://w3id.org/sideways/ns#PeerChat',
      resourceQuantity: { hasUnit: 'one', hasNumericalValue: '1' },
    },
  }
}

// 20 characters, as our own ids.
function idOf(seed: number, number: number, what: string): string {
  return createHash('sha256')
    .update(`${seed} ${number} ${what}`)
    .digest('base64url')
    .toLowerCase()
    .slice(0, 20)
    .replaceAll('_', '-')
}
