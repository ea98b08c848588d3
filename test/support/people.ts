import { day, dayOf, later, rfc3339 } from '../../src/common/clock.ts'
import { conceptIri, vocabulary } from '../../src/common/vocabularies.ts'
import { rows, type Db, type Reader } from '../../src/database/database.ts'
import { learnWords } from '../../src/directory/actions.ts'
import type { ListingDocument } from '../../src/directory/document.ts'
import { ensureFacets, ensureOwnOrigin, indexEntries, type EntrySource } from '../../src/directory/steps.ts'

/** When the invented people are looked at: the clock of test nodes. */
export const inventedNow = new Date('2026-11-22T09:00:00Z')

// Invented, from several languages, some with accents; no name of anybody in particular.
const given =
  'Asha Zoë Siân Łucja Marta Owen Ngozi Elif Tomos Beca Jürgen Inês Mirjam Petra Kwame Aoife Rhys Noor Sanna Iestyn Carys Luc Dilys Priya Anders Ffion Hanna Mateo Yusuf Olga'.split(
    ' ',
  )
const family =
  "Rao Evans O'Brien Kowalska Müller Okafor Demir Pritchard Silva Jansen Novák Mensah Murphy Haddad Virtanen Davies Moreau Patel Lindqvist García Ivanova Hughes Bevan Roberts Vaughan Castell Marsh Holt Lindgren Sorensen".split(
    ' ',
  )
const places =
  'Northford Eastmere Aberwern Westholt Llanfaes Southwick Kirkdale Pontmorlais Highmarsh Velden Sundvik Riverton Castlebay Brackenfield Oakhaven Trefoel'.split(
    ' ',
  )
const bodies = [
  'Council',
  'College',
  'Housing Association',
  'Health Board',
  'Libraries',
  'Food Bank',
  'Museum',
  'University',
  'Fire Service',
  'Wildlife Trust',
]
const countries = ['GB', 'GB', 'GB', 'GB', 'IE', 'DE', 'FR', 'NL', 'CA', 'SE', 'FI', 'NZ', 'PL', 'ES']
const languages = ['en', 'en', 'en', 'cy', 'de', 'fr', 'nl', 'sv', 'fi', 'pl', 'es', 'ga']
const sentences = [
  'I look after one small service and would like to see how others do it.',
  'Happy to compare notes on planning without a team.',
  'New to the public sector, old to the job.',
  'I keep our week notes going and have questions about research.',
  'Three days a week, mostly mornings.',
]

/** Numbers that look random and are the same every time: a linear congruential generator, at least 0 and below 1. */
export function numbersFrom(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 8) / 0x1_00_00_00
  }
}

/** Invented people as listing documents of the node at `origin`: number `first` to `first + count - 1`, always the same ones. */
export function inventedPeople(
  count: number,
  { origin = 'https://north.example', first = 0 } = {},
): readonly ListingDocument[] {
  return Array.from({ length: count }, (_, index) => inventedPerson(first + index, origin))
}

/** One invented person; `change` says what is not as invented. */
export function inventedPerson(
  number: number,
  origin = 'https://north.example',
  change: Partial<ListingDocument> = {},
): ListingDocument {
  const next = numbersFrom(number)
  const pick = <Value>(list: readonly Value[]): Value => {
    const value = list[Math.floor(next() * list.length)]
    if (value === undefined) throw new Error('nothing to pick from')
    return value
  }
  const several = <Value>(list: readonly Value[], most: number): Value[] => [
    ...new Set(Array.from({ length: Math.floor(next() * (most + 1)) }, () => pick(list))),
  ]
  const role = pick(vocabulary('roles').concepts.filter(({ broader }) => broader !== undefined))
  const practices = vocabulary('practices')
    .concepts.filter(({ broader }) => broader !== undefined)
    .map(({ id }) => conceptIri('practices', id))
  const person = `${origin}/ap/people/p${number}`
  const opened = later(inventedNow, -Math.floor(next() * 80) * day)
  const chat = `${person}/chat/1`
  const isOpen = next() < 0.4
  return {
    id: `${origin}/ap/directory/listings/l${number}`,
    type: 'FeaturedItem',
    attributedTo: `${origin}/ap/directory`,
    featuredObject: person,
    seq: number + 1,
    published: '2026-09-02T10:00:00Z',
    updated: '2026-10-01T09:00:00Z',
    endTime: '2027-09-02T10:00:00Z',
    to: [`${origin}/ap/directory/followers`],
    name: `${pick(given)} ${pick(family)}`,
    summary: pick(sentences),
    hasOccupation: [{ type: 'Occupation', name: role.label.en, occupationalCategory: conceptIri('roles', role.id) }],
    onlyOne: pick(['none', 'none', 'team', 'organisation'] as const),
    worksFor: {
      type: 'Organization',
      name: `${pick(places)} ${pick(bodies)}`,
      sector: conceptIri('sectors', pick(vocabulary('sectors').concepts).id),
      addressCountry: pick(countries),
    },
    knowsLanguage: [...new Set([pick(languages), pick(languages)])].map((tag) => ({
      tag,
      level: pick(['easy', 'easy', 'fine', 'slow'] as const),
    })),
    shares: several(practices, 5),
    wantsToTry: several(practices, 5),
    ...(isOpen
      ? {
          peerChat: {
            id: chat,
            type: 'Proposal',
            purpose: 'offer',
            attributedTo: person,
            published: rfc3339(opened),
            endTime: `${dayOf(later(opened, 60 * day))}T23:59:59Z`,
            kinds: [
              conceptIri('conversation-kinds', 'first-chat'),
              ...several(['compare-notes', 'practice-swap', 'sounding-board'], 2).map((kind) =>
                conceptIri('conversation-kinds', kind),
              ),
            ],
            boundaries: several(['no-selling', 'no-recruiting', 'no-press'], 2),
            publishes: {
              id: `${chat}#primary`,
              type: 'Intent',
              action: 'deliverService',
              resourceConformsTo: 'https://w3id.org/sideways/ns#PeerChat',
              resourceQuantity: { hasUnit: 'one', hasNumericalValue: '1' },
            },
          },
        }
      : {}),
    ...change,
  }
}

/**
 * Fills a directory with `count` invented people of `origins` nodes (rows 1 to `origins`), who all may be seen by members.
 * About 3,000 a second.
 */
export async function fillDirectory(db: Db, orderSecret: string, count: number, { origins = 10 } = {}): Promise<void> {
  await db.transaction(async (tx) => {
    await ensureOwnOrigin(tx, 'here.example')
    await ensureFacets(tx)
    for (let number = 1; number <= origins; number += 1) await addOrigin(tx, number, `node${number}.example`)
  })
  for (let first = 0; first < count; first += 1000) {
    const people = Array.from({ length: Math.min(1000, count - first) }, (_, index): EntrySource => {
      const originId = ((first + index) % origins) + 1
      return {
        originId,
        audience: 'members',
        document: inventedPerson(first + index, `https://node${originId}.example`),
      }
    })
    await db.transaction((tx) => indexEntries(tx, orderSecret, people))
  }
  while (await learnWords({ db })); // many came at once
  await db.pool.query('vacuum analyze directory_entry')
}

/** Makes another node's row among the origins. Its lease runs until June 2027 and it was heard half an hour ago, unless said otherwise. */
export async function addOrigin(
  reader: Reader,
  id: number,
  host: string,
  { validUntil = '2027-06-01T00:00:00Z', lastContact = '2026-11-22T08:30:00Z', hidden = false } = {},
): Promise<void> {
  await rows(
    reader,
    'insert into origin (origin_id, host, valid_until, last_contact, hidden) values ($1, $2, $3, $4, $5)',
    [id, host, validUntil, lastContact, hidden],
  )
}
