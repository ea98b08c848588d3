import { rows } from '../../src/database/database.ts'
import type { TestNode } from './node.ts'

export type StoredRow = { readonly table: string; readonly text: string }

/** Every row of every table of a node's database as text, those of the queue among them, so that a new table is looked at by itself. */
export async function everyRow(node: TestNode): Promise<readonly StoredRow[]> {
  const tables = await rows<{ name: string }>(
    node.app.db,
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema', 'test') order by 1`,
  )
  const found: StoredRow[] = []
  for (const { name } of tables)
    for (const { text } of await rows<{ text: string }>(node.app.db, `select t::text as text from ${name} t`))
      found.push({ table: name.replace('public.', ''), text })
  return found
}

/** Which tables hold which of these marks, as `table: mark`. */
export function marksIn(all: readonly StoredRow[], marks: readonly string[]): readonly string[] {
  const found = all.flatMap(({ table, text }) =>
    marks.filter((mark) => text.includes(mark)).map((mark) => `${table}: ${mark}`),
  )
  return [...new Set(found)].toSorted()
}

/** Which tables hold two of these people in one row. A person: everything that names her. */
export function pairsIn(all: readonly StoredRow[], people: readonly (readonly string[])[]): readonly string[] {
  const isPair = (text: string): boolean => people.filter((ids) => ids.some((id) => text.includes(id))).length > 1
  return [...new Set(all.filter(({ text }) => isPair(text)).map(({ table }) => table))].toSorted()
}
