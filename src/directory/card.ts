import { day } from '../common/clock.ts'
import type { ListingDocument } from './document.ts'
import { keyOf } from './order.ts'
import type { SearchQuery } from './query.ts'
import type { TextQuery } from './text.ts'
import type { Sight } from './visible.ts'
import { reasons, type Reason, type ViewerProfile } from './why.ts'

/** Who looks: what may be seen depends on `audience` alone; the rest says which card is the reader's own, and why. */
export type Viewer = {
  readonly audience: Sight['audience']
  readonly accountId?: string
  readonly profile?: ViewerProfile
}

/** One visible entry as the index has it. */
export type EntryRow = {
  readonly lid: string
  readonly doc: string
  readonly host: string
  readonly origin_id: number
  readonly last_contact: Date | null
  readonly account_id: string | null
  readonly flag_ends_at: Date | null
  readonly is_open: boolean | null
}

/** One person as a reader may see her, with the node that she is listed by. */
export type Card = {
  /** What her page in this directory is called: paths.entry(key). */
  readonly key: string
  readonly document: ListingDocument
  /** The host name of the node that lists her. */
  readonly host: string
  /** When the flag ends; undefined while she is not open to a chat. */
  readonly openUntil?: Date
  /** Her account, if she is here. Never shown. */
  readonly accountId?: string
  /** The reader herself. */
  readonly isMine: boolean
  /** Last contact with her node, when that is more than a day ago (FEDERATION.md 5). */
  readonly notConfirmedSince?: Date
  readonly why: readonly Reason[]
}

/** The card of a visible entry. */
export function cardOf(row: EntryRow, now: Date, viewer: Viewer, query: SearchQuery = {}, text?: TextQuery): Card {
  const document = JSON.parse(row.doc) as ListingDocument // written by indexEntries
  const isMine = row.account_id !== null && row.account_id === viewer.accountId
  return {
    key: keyOf(BigInt(row.lid)),
    document,
    host: row.host,
    ...(row.is_open === true && row.flag_ends_at ? { openUntil: row.flag_ends_at } : {}),
    ...(row.account_id === null ? {} : { accountId: row.account_id }),
    isMine,
    ...(isSilent(row, now) ? { notConfirmedSince: row.last_contact } : {}),
    why: isMine ? [] : reasons(document, query, text, viewer.profile),
  }
}

// Nobody has to be asked about this node's own people.
function isSilent(row: EntryRow, now: Date): row is EntryRow & { last_contact: Date } {
  return row.origin_id !== 0 && row.last_contact !== null && now.getTime() - row.last_contact.getTime() > day
}
