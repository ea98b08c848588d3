import type { App } from '../app.ts'
import { InvalidInput } from '../common/errors.ts'
import { exactlyForReader } from './nearby.ts'
import { readQuery, type Given } from './query.ts'
import { shown, type Shown } from './shown.ts'
import type { Total } from './total.ts'
import { search } from './views.ts'

/** What `sideways search` was called with: words, and options by name without their dashes. */
export type SearchArguments = {
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
}

/** Whom a search from the command line found: cards as the API shows them, each with a line to print. */
export type CommandLineResult = {
  readonly total: Total | undefined
  readonly cards: readonly (Shown & { readonly line: string })[]
}

const mostCards = 200
const notForSearch = new Set(['json', 'limit', 'help'])

/** Searches as somebody signed in on this node. Options are the parameters of the API, `--only-one` (in a team or an organisation) and `--limit` (1 to 200). */
export async function searchFromCommandLine(app: App, { words, options }: SearchArguments): Promise<CommandLineResult> {
  const limit = limitOf(options['limit'])
  const t = app.words.in('en')
  const viewer = { audience: 'members' } as const
  const query = exactlyForReader(readQuery(given(words, options)), viewer, app.now())
  const cards: (Shown & { line: string })[] = []
  let page = await search(app.db, app.now(), viewer, query, app.secrets.order)
  const { total } = page
  for (;;) {
    cards.push(...page.cards.map((card) => withLine(shown(card, app, 'en', t))))
    if (page.next === undefined || cards.length >= limit) return { total, cards: cards.slice(0, limit) }
    page = await search(app.db, app.now(), viewer, { ...query, after: page.next }, app.secrets.order)
  }
}

function given(words: readonly string[], options: SearchArguments['options']): Given {
  const pairs = Object.entries(options).flatMap(([name, value]): (readonly [string, readonly string[]])[] => {
    if (value === undefined || value === false || notForSearch.has(name)) return []
    const texts = value === true ? [name === 'only-one' ? 'any' : 'true'] : [value].flat()
    return [[name === 'only-one' ? 'onlyOne' : name, texts]]
  })
  return Object.fromEntries(words.length === 0 ? pairs : [...pairs, ['text', [words.join(' ')]]])
}

function limitOf(value: SearchArguments['options'][string]): number {
  if (value === undefined) return 20
  const limit = Number(value)
  if (!Number.isInteger(limit) || limit < 1 || limit > mostCards)
    throw new InvalidInput([{ field: 'limit', rule: 'maximum', detail: { limit: mostCards } }])
  return limit
}

function withLine(one: Shown): Shown & { line: string } {
  const roles = one.roles.map(({ label }) => label).join(', ')
  const open = one.flag.endsAt === undefined ? '' : `, open until ${one.flag.endsAt.slice(0, 10)}`
  return { ...one, line: `${one.name}: ${roles}, ${one.organisation.name} (listed by ${one.listedBy}${open})` }
}
