import { day, later } from '../common/clock.ts'
import { rows, type Reader } from '../database/database.ts'

/** How long a server that holds a public person is tried after she left: as long as her key is kept. */
const triedFor = 30 * day

/** How it stands with a server that had a public person. */
export type HolderState =
  /** It may hold a copy; she is public. */
  | { readonly state: 'may-hold' }
  /** It took the Delete then. What it did is not known. */
  | { readonly state: 'told'; readonly at: Date }
  /** It has not taken it yet, and is tried until then. */
  | { readonly state: 'trying'; readonly until: Date }
  /** It did not take it, and is not tried any more. */
  | { readonly state: 'not-told' }

/** A host that holds, or may hold, a copy of a public person: its name, and nothing else about it. */
export type PublicHolder = HolderState & { readonly host: string }

type HolderRow = {
  readonly host: string
  readonly left: Date | null
  readonly isReachable: boolean
  readonly toldAt: Date | null
  readonly waits: boolean | null
}

/** The hosts that hold what an account made public, now or before; at most 500. `people` is how our actors' addresses begin. */
export async function publicHolders(
  reader: Reader,
  people: string,
  accountId: string,
  now: Date,
): Promise<readonly PublicHolder[]> {
  const found = await rows<HolderRow>(
    reader,
    `select distinct on (h.host) h.host, p.retired_at as left, h.inbox is not null or h.asked_by is not null as "isReachable",
       sent.told_at as "toldAt", sent.waits
     from holder h join person p on p.id = h.person_id
     left join lateral (
       select max(d.updated_at) filter (where d.state = 'delivered') as told_at, bool_or(d.state = 'waiting') as waits
       from delivery d where d.activity_id = $2 || p.id || '#delete' and d.host = h.host) sent on true
     where p.account_id = $1 order by h.host, p.retired_at desc nulls first limit 500`,
    [accountId, people],
  )
  return found.map((row) => ({ host: row.host, ...stateOf(row, now) }))
}

function stateOf({ left, toldAt, waits, isReachable }: HolderRow, now: Date): HolderState {
  if (left === null) return { state: 'may-hold' }
  const until = later(left, triedFor)
  const isOver = until <= now || (waits === null && !isReachable)
  if (waits !== true && toldAt !== null) return { state: 'told', at: toldAt }
  if (waits === false || isOver) return { state: 'not-told' }
  return { state: 'trying', until }
}
