import type { App } from '../app.ts'
import { dayOf } from '../common/clock.ts'
import { Refusal } from '../common/errors.ts'
import { reading, type Reader } from '../database/database.ts'
import { cardOf, type Card, type EntryRow, type Viewer } from '../directory/card.ts'
import { facetsByNumber } from '../directory/facet-views.ts'
import type { Facet } from '../directory/facets.ts'
import { startOf } from '../directory/order.ts'
import type { Sight } from '../directory/visible.ts'
import { profileOf } from '../profile/views.ts'
import { askerOf, type Asker } from './asker.ts'
import { couldMeet, fitOf, scoreOf, type Fit } from './fit.ts'
import { memoryOf, type Memory } from './memory-views.ts'
import { isOwnOrganisation, organisationOf } from './organisation.ts'
import { entriesOf, furtherPeople, numbersFor, pool, type Having, type PoolRow, type Search } from './pool-views.ts'
import { reasonsOf, type SuggestionReason } from './reasons.ts'
import { axes, chooseFive, reached, suggested, type Axis, type Candidate } from './spread.ts'

const longestWork = 2_000 // milliseconds of one statement
const atOnce = 60
const atOnceOfAxis = 10
const mostRounds = 30

/** One person to look sideways at. */
export type Suggestion = {
  readonly card: Card
  readonly score: number
  readonly reasons: readonly SuggestionReason[]
}

/** Five people or fewer, best first, and what the page says beside them. */
export type Suggestions = {
  readonly people: readonly Suggestion[]
  /** In what way all of them are alike, because nobody else is open. */
  readonly missing: readonly Axis[]
  /** How many people the asker set aside: for her alone. */
  readonly setAside: number
}

/** What suggestions need of a node. */
export type SuggestionNeeds = Pick<App, 'db' | 'secrets'>

/**
 * Five people whom a member may want to meet: open to a chat, visible to her, with a common language and an hour a week in common
 * where that is known, not of her organisation, not set aside and not met. The same all day for the same directory. None without
 * an account or without languages in her profile. Refuses with search-too-slow rather than work for more than two seconds.
 */
export async function suggestionsFor(
  { db, secrets }: SuggestionNeeds,
  viewer: Viewer,
  now: Date,
): Promise<Suggestions> {
  const { accountId } = viewer
  const profile = accountId === undefined ? undefined : await profileOf(db, accountId)
  if (accountId === undefined || !profile) return { people: [], missing: [], setAside: 0 }
  const asker = askerOf(profile.fields, now)
  try {
    return await reading(db, longestWork, async (reader) => {
      const memory = await memoryOf(reader, secrets.hashing, accountId, now)
      if (asker.languages.size === 0) return { people: [], missing: [], setAside: memory.setAside }
      const chosen = await choose(reader, {
        asker,
        sight: { audience: 'members', now, accountId },
        start: startOf(secrets.order, `${dayOf(now)}\n${accountId}`),
        numbers: await numbersFor(reader, asker),
        memory,
      })
      return {
        people: chosen.map(({ row, fit, score }) => ({
          card: cardOf(row, now, viewer),
          score,
          reasons: reasonsOf(fit),
        })),
        missing: axes.filter((axis) => chosen.length > 0 && !reached(chosen).has(axis)),
        setAside: memory.setAside,
      }
    })
  } catch (error) {
    if (isCutOff(error)) throw new Refusal('search-too-slow')
    throw error
  }
}

type Work = Search & { readonly memory: Memory; readonly sight: Sight & { readonly accountId: string } }
type Ranked = { readonly lid: string; readonly fit: Fit; readonly score: number; readonly on: ReadonlySet<Axis> }
type Chosen = Candidate & Ranked & { readonly row: EntryRow }

// Only the listings of those who come first are read, and more of them for as long as somebody is missing.
async function choose(reader: Reader, work: Work): Promise<readonly Chosen[]> {
  const facets = await facetsByNumber(reader)
  const rank = (rows: readonly PoolRow[]): readonly Ranked[] => ranked(work, rows, facets)
  const found = await pool(reader, work)
  const seen = new Set(found.people.map(({ lid }) => lid))
  let waiting = rank(found.people)
  let candidates: readonly Chosen[] = []
  let chosen: readonly Chosen[] = []
  let isAll = found.isAll
  for (let round = 0; round < mostRounds; round += 1) {
    const lacking = possibleAxes(work.asker).filter((axis) => !reached(chosen).has(axis))
    const next = new Set([
      ...(chosen.length < suggested ? waiting.slice(0, atOnce) : []),
      ...lacking.flatMap((axis) => waiting.filter(({ on }) => on.has(axis)).slice(0, atOnceOfAxis)),
    ])
    if (next.size > 0) {
      candidates = inOrder(work, [...candidates, ...(await read(reader, work, [...next]))])
      waiting = waiting.filter((one) => !next.has(one))
      chosen = chooseFive(candidates)
      continue
    }
    if (isAll || (chosen.length === suggested && lacking.length === 0)) break
    const more = await further(reader, work, chosen.length < suggested ? [undefined] : lacking, [...seen])
    if (more.length === 0) isAll = true
    for (const { lid } of more) seen.add(lid)
    waiting = [...waiting, ...rank(more)]
  }
  return chosen
}

async function further(
  reader: Reader,
  work: Work,
  wanted: readonly (Axis | undefined)[],
  known: readonly string[],
): Promise<readonly PoolRow[]> {
  const found: PoolRow[] = []
  for (const axis of wanted) {
    const having = axis === undefined ? { facets: [], isWithout: false } : havingFor(work.asker, axis)
    found.push(...(await furtherPeople(reader, work, { having, known, limit: atOnce })))
  }
  return [...new Map(found.map((row) => [row.lid, row])).values()]
}

function havingFor({ sector, country }: Asker, axis: Axis): Having {
  const here: readonly Facet[] = country === undefined ? [] : [{ kind: 'country', value: country }]
  if (axis === 'near') return { facets: here, isWithout: false }
  if (axis === 'otherCountry') return { facets: here, isWithout: true }
  return { facets: sector === undefined ? [] : [{ kind: 'sector', value: sector }], isWithout: true }
}

function possibleAxes({ sector, country }: Asker): readonly Axis[] {
  return axes.filter((axis) => (axis === 'otherSector' ? sector : country) !== undefined)
}

function ranked(work: Work, people: readonly PoolRow[], facets: ReadonlyMap<number, Facet>): readonly Ranked[] {
  return inOrder(
    work,
    people
      .map(({ lid, facets: numbers }) => {
        const fit = fitOf(
          work.asker,
          numbers.flatMap((number) => facets.get(number) ?? []),
        )
        return { lid, fit, score: scoreOf(fit), on: axesOf(fit) }
      })
      .filter(({ fit }) => couldMeet(fit)),
  )
}

function axesOf({ otherSector, otherCountry, sameCountry }: Fit): ReadonlySet<Axis> {
  return new Set<Axis>([
    ...(otherSector === undefined ? [] : ['otherSector' as const]),
    ...(otherCountry === undefined ? [] : ['otherCountry' as const]),
    ...(sameCountry === undefined ? [] : ['near' as const]),
  ])
}

// The best score first; of equals, who comes first after the asker's own place in the order drawn by lot.
function inOrder<One extends Pick<Ranked, 'score' | 'lid'>>(
  { start }: Pick<Work, 'start'>,
  people: readonly One[],
): readonly One[] {
  const place = ({ lid }: One): bigint => BigInt.asUintN(63, BigInt(lid) - start)
  return people
    .map((one) => ({ one, place: place(one) }))
    .toSorted((a, b) => b.one.score - a.one.score || (a.place < b.place ? -1 : 1))
    .map(({ one }) => one)
}

async function read(reader: Reader, work: Work, next: readonly Ranked[]): Promise<readonly Chosen[]> {
  const rows = await entriesOf(
    reader,
    work.sight,
    next.map(({ lid }) => lid),
  )
  const ofLid = new Map(next.map((one) => [one.lid, one]))
  return rows.flatMap((row) => {
    const one = ofLid.get(row.lid)
    const { document } = cardOf(row, work.sight.now, { audience: 'members' })
    const isOut =
      row.account_id === work.sight.accountId ||
      work.memory.has(document.featuredObject) ||
      isOwnOrganisation(work.asker, document, row.origin_id === 0)
    if (one === undefined || isOut) return []
    const { name, url } = document.worksFor
    return [{ ...one, row, origin: row.origin_id, organisation: organisationOf(name, url) }]
  })
}

// Postgres says query_canceled (57014) when statement_timeout ends a statement.
function isCutOff(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '57014'
}
