import { rows, type Reader } from '../database/database.ts'

/** The hosts that are refused now, of people with whom somebody here has a chat. */
export async function refusedHostsOfChats(reader: Reader): Promise<readonly string[]> {
  const found = await rows<{ host: string }>(
    reader,
    `select host from (select distinct peer_host as host from chat where peer_account_id is null) h where refused_host(host)`,
  )
  return found.map(({ host }) => host)
}

/**
 * Open chats with people of nodes that we read, whose listing is not among our copies any more: it was taken back. Not while a snapshot
 * is being read, nor where reading has just begun.
 */
export async function chatsWithGoneEntries(reader: Reader, now: Date): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(
    reader,
    `select c.id from chat c join partner p on p.host = c.peer_host and p.following = 'accepted'
       join origin o on o.origin_id = p.id and not o.snapshot_open and o.cursor > 0
     where c.peer_account_id is null and c.peer_entry is not null and c.ends_at > $1
       and c.standing in ('requested', 'accepted', 'arranged')
       and not exists (select from copy x where x.origin_id = o.origin_id and x.id = c.peer_entry)
     limit 500`,
    [now],
  )
  return found.map(({ id }) => id)
}
