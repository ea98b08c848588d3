import type { Reader } from '../database/database.ts'
import { cardOf, type EntryRow } from '../directory/card.ts'
import { facetsByNumber } from '../directory/facet-views.ts'
import type { Facet } from '../directory/facets.ts'
import type { Asker } from './asker.ts'
import { couldMeet, fitOf, scoreOf, type Fit } from './fit.ts'
import type { Memory } from './memory-views.ts'
import { isOwnOrganisation, organisationOf } from './organisation.ts'
import { entriesOf, furtherPeople, pool, type Having, type PoolRow, type Search } from './pool-views.ts'
import { axes, chooseFive, reached, suggested, type Axis, type Candidate } from './spread.ts'

const atOnce = 16
const atOnceOfAxis = 4
const furtherAtOnce = 60
const mostRounds = 30

/** Whom to look for, and whom not to suggest. */
export type Work = Search & { readonly memory: Pick<Memory, 'has'> }
type Ranked = { readonly lid: string; readonly fit: Fit; readonly score: number; readonly on: ReadonlySet<Axis> }

/** One who was chosen. */
export type Chosen = Candidate & Ranked & { readonly row: EntryRow }

/**
 * Five people at most, best first. Only the listings of those who come first are read, and more of them for as long as somebody
 * is missing. `from` is where they come from.
 */
export async function choosePeople(reader: Reader, work: Work, from: typeof pool = pool): Promise<readonly Chosen[]> {
  const facets = await facetsByNumber(reader)
  const rank = (rows: readonly PoolRow[]): readonly Ranked[] => ranked(work, rows, facets)
  const found = await from(reader, work)
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
    found.push(...(await furtherPeople(reader, work, { having, known, limit: furtherAtOnce })))
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
      (row.account_id !== null && row.account_id === work.sight.accountId) ||
      work.memory.has(document.featuredObject) ||
      isOwnOrganisation(work.asker, document, row.origin_id === 0)
    if (one === undefined || isOut) return []
    const { name, url } = document.worksFor
    return [{ ...one, row, origin: row.origin_id, organisation: organisationOf(name, url) }]
  })
}
