import type { Buckets, Statement } from '../../../src/common/schema-types.ts'
import { bucketOf } from '../../../src/partners/set.ts'
import { parsed, type Found } from './origin-actor.ts'
import type { KitNode } from './node.ts'
import { Failure, Stop, type Run } from './run.ts'
import { jsonOf, term } from './wire.ts'

/** A listing or tombstone as it came. */
export type Item = Readonly<Record<string, unknown>> & { readonly id: string; readonly seq: number }

export type Page = {
  readonly url: string
  readonly after: number
  readonly document: unknown
  readonly bytes: number
  readonly seq: number
  readonly epoch: unknown
  readonly next: unknown
  readonly items: readonly Item[]
}

/** All changes read from the beginning by pages of one size; not whole where that would be too many requests. */
export type Walk = {
  readonly limit: number
  readonly pages: readonly Page[]
  readonly items: readonly Item[]
  readonly isWhole: boolean
}

/** Everything that an origin says of one state of its set. */
export type Reading = {
  readonly statement: Statement
  /** By pages of 200 first, then of 7 and of 1. */
  readonly walks: readonly Walk[]
  /** The page after the newest. */
  readonly last: Page
  readonly buckets: Buckets
  readonly bucketPages: readonly (Page & { readonly bucket: number })[]
}

// So many pages are enough to see that small pages agree with large ones.
const mostSmallPages = 40
const mostBucketPages = 12
const mostPages = 600

/** Reads everything of one state: again, up to five times, where the set changed meanwhile. Throws Stop where that cannot be done. */
export async function readAll(run: Run, node: KitNode, found: Found): Promise<Reading> {
  let why = 'the set changed all the time'
  for (let round = 0; round < 5; round += 1) {
    try {
      const before = await readStatement(node, found)
      const reading = await readOnce(node, found, before)
      const after = await readStatement(node, found)
      if (after.seq === before.seq && after.epoch === before.epoch) return reading
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      why = error.message
      break
    }
  }
  throw new Stop(`the listings cannot be read: ${why}`)
}

/** The statement, by schema. Throws Failure. */
export async function readStatement(node: KitNode, { actor }: Found): Promise<Statement> {
  return parsed('statement', jsonOf(await node.get(actor.statement), 'the statement'))
}

/** One page. Throws Failure where it has no items or no cursor. */
export async function readPage(node: KitNode, { actor }: Found, query: string, after: number): Promise<Page> {
  const url = `${actor.listings}?${query}`
  const answer = await node.get(url)
  const document = jsonOf(answer, url)
  const seq = term(document, 'seq')
  const items = term(document, 'orderedItems')
  if (typeof seq !== 'number' || !Array.isArray(items))
    throw new Failure(`no seq or no orderedItems at ${url}`, 'a page')
  return {
    url,
    after,
    document,
    bytes: Buffer.byteLength(answer.body),
    seq,
    epoch: term(document, 'epoch'),
    next: term(document, 'next'),
    items: items.map((item) => itemOf(item, url)),
  }
}

function itemOf(item: unknown, url: string): Item {
  const id = term(item, 'id')
  const seq = term(item, 'seq')
  if (typeof id !== 'string' || typeof seq !== 'number')
    throw new Failure(`an item without id or seq at ${url}`, 'both')
  return item as Item // both terms were just looked at
}

async function readOnce(node: KitNode, found: Found, statement: Statement): Promise<Reading> {
  const byMost = await walk(node, found, 200, mostPages)
  const walks = [byMost, await walk(node, found, 7, mostSmallPages), await walk(node, found, 1, mostSmallPages)]
  const full = new Set(byMost.items.filter((item) => item['type'] !== 'Tombstone').map(({ id }) => bucketOf(id)))
  const empty = Array.from({ length: 256 }, (_, bucket) => bucket).find((bucket) => !full.has(bucket))
  const chosen = [...[...full].slice(0, mostBucketPages), ...(empty === undefined ? [] : [empty])]
  const bucketPages = []
  for (const bucket of chosen) {
    const page = await readPage(node, found, `bucket=${bucket.toString(16).padStart(2, '0')}`, 0)
    if (page.next === undefined) bucketPages.push({ ...page, bucket })
  }
  return {
    statement,
    walks,
    last: await readPage(node, found, `after=${statement.seq}`, statement.seq),
    buckets: parsed('buckets', jsonOf(await node.get(found.buckets), found.buckets)),
    bucketPages,
  }
}

async function walk(node: KitNode, found: Found, limit: number, most: number): Promise<Walk> {
  const pages: Page[] = []
  let after = 0
  for (;;) {
    const page = await readPage(node, found, `after=${after}&limit=${limit}`, after)
    pages.push(page)
    if (page.next === undefined || pages.length === most) {
      const isWhole = page.next === undefined
      return { limit, pages, items: pages.flatMap(({ items }) => items), isWhole }
    }
    if (page.seq <= after) throw new Failure(`a cursor that does not move at ${page.url}`, 'a higher one')
    after = page.seq
  }
}
