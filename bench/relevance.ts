import { readFileSync } from 'node:fs'
import { openDatabase, type Db } from '../src/database/database.ts'
import { migrate } from '../src/database/migrate.ts'
import type { ListingDocument } from '../src/directory/document.ts'
import { learnWords } from '../src/directory/actions.ts'
import { ensureFacets, ensureOwnOrigin, indexEntries } from '../src/directory/steps.ts'
import { search } from '../src/directory/views.ts'
import { migrateQueue } from '../src/jobs/worker.ts'
import { addOrigin, inventedNow } from '../test/support/people.ts'
import { figure, type Bench, type Figure, type Goal } from './measure.ts'
import { startDatabases } from './programs.ts'
import { dictionaryFigures } from './relevance-dictionary.ts'
import { isRight, isTypo, judge, judgedQueries, type JudgedQuery, type Verdict } from './relevance-judge.ts'
import { judgedPeople } from './relevance-people.ts'
import { slips } from './relevance-slips.ts'

const origins = 10
const secret = 'order'
const drawnSlips = 500
const atLeast = (limit: number): Goal => ({ of: 'value', limit, better: 'higher' })

/** Judged queries against 2,000 invented people: are those found who were meant? */
export const relevance: Bench = {
  name: 'relevance',
  summary: 'judged queries, typing errors among them: who is found, against the search as it was before',
  async run(around) {
    const [url = ''] = await startDatabases(around, 'relevance')
    await migrate(url, migrateQueue)
    const db = await openDatabase({ url, entities: [], connections: 2 })
    around.atEnd.defer(() => db.close())
    const people = judgedPeople(origins)
    await fill(db, people)
    const queries = judgedQueries().map((query) => ({
      query,
      right: people.filter(({ document }) => isRight(query, document)).length,
    }))
    const impossible = queries.filter(({ right }) => right === 0).map(({ query }) => JSON.stringify(query))
    if (impossible.length > 0) throw new Error(`nobody is a right answer to ${impossible.join('\n')}`)
    const ask = async (query: JudgedQuery, right: number): Promise<Judged> => {
      const found = await search(db, inventedNow, { audience: 'members' }, query.query, secret)
      const results = found.cards.map(({ document }) => document)
      const verdict = judge(query, results, right)
      if (verdict.precision < 0.9) around.tell(missed(query, results, right, verdict))
      return { query, verdict }
    }
    const judged: Judged[] = []
    for (const { query, right } of queries) judged.push(await ask(query, right))
    const drawn: Judged[] = []
    const documents = people.map(({ document }) => document)
    for (const query of slips(documents, drawnSlips))
      drawn.push(await ask(query, documents.filter((document) => isRight(query, document)).length))
    around.tell(`${judged.length} queries, ${judged.filter(({ query }) => isTypo(query)).length} with typing errors`)
    return [...figures(judged, drawn), ...(await dictionaryFigures(around, db))]
  },
}

type Judged = { readonly query: JudgedQuery; readonly verdict: Verdict }

async function fill(db: Db, people: ReturnType<typeof judgedPeople>): Promise<void> {
  await db.transaction(async (tx) => {
    await ensureOwnOrigin(tx, 'here.example')
    await ensureFacets(tx)
    for (let origin = 1; origin <= origins; origin += 1) await addOrigin(tx, origin, `node${origin}.example`)
    await indexEntries(
      tx,
      secret,
      people.map((person) => ({ ...person, audience: 'members' })),
    )
  })
  await learnWords({ db })
  await db.pool.query('vacuum analyze directory_entry')
}

function missed(query: JudgedQuery, results: readonly ListingDocument[], right: number, verdict: Verdict): string {
  const first = results
    .slice(0, 5)
    .map(({ name, hasOccupation, worksFor }) => `${name}, ${hasOccupation[0]?.name ?? ''}, ${worksFor.name}`)
  return `${verdict.precision.toFixed(2)} of ${right} for ${query.kind} ${JSON.stringify(query.query)}: ${first.join(' · ') || 'nobody'}`
}

function figures(judged: readonly Judged[], drawn: readonly Judged[]): readonly Figure[] {
  const before = figuresBefore()
  const typos = judged.filter(({ query }) => isTypo(query))
  const others = judged.filter(({ query }) => !isTypo(query))
  const percent = (bench: string, of: readonly Judged[], is: (one: Verdict) => number, goal?: Goal): Figure => {
    const value = Number(((100 * of.reduce((sum, { verdict }) => sum + is(verdict), 0)) / of.length).toFixed(1))
    return figure(bench, 'percent', value, before[bench] ?? value, goal)
  }
  const precision = (one: Verdict): number => one.precision
  const rightly = (one: Verdict): number => (one.isRightly ? 1 : 0)
  const each = (
    name: string,
    of: readonly Judged[],
    key: (query: JudgedQuery) => string,
    is: (one: Verdict) => number,
  ) =>
    [...Map.groupBy(of, ({ query }) => key(query))]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([value, some]) => percent(`${name}.${value}`, some, is))
  return [
    percent('relevance.precision', judged, precision, atLeast(90)),
    percent('relevance.answered', others, (one) => (one.isAnswered ? 1 : 0), atLeast(100)),
    percent('relevance.typos', typos, rightly, atLeast(85)),
    percent('relevance.typos.found', typos, (one) => (one.isAnswered ? 1 : 0)),
    percent('relevance.drawn', drawn, rightly, atLeast(85)),
    ...each('relevance.drawn', drawn, ({ kind }) => kind.slice('typo-'.length), rightly),
    ...each('relevance.precision', others, ({ kind }) => kind, precision),
    ...each('relevance.typos', typos, ({ kind }) => kind.slice('typo-'.length), rightly),
    ...each('relevance.typos.of', typos, ({ of }) => of ?? 'text', rightly),
    ...each('relevance.precision.in', judged, ({ language }) => language, precision),
  ]
}

// What the same queries gave before typing errors were looked up by what is left when letters are left out.
function figuresBefore(): Readonly<Record<string, number>> {
  return JSON.parse(readFileSync(new URL('relevance/before.json', import.meta.url), 'utf8')) as Record<string, number> // our own file
}
