import { changed, rows, type Reader, type Tx } from '../database/database.ts'

/** The followers that one block of a person is about, by their ids. */
export async function blockedFollowers(reader: Reader, blockId: string): Promise<readonly string[]> {
  const found = await rows<{ id: string }>(
    reader,
    `select f.id from person_block b join person p on p.account_id = b.account_id join follower f on f.person_id = p.id
     where b.id = $1 and (f.actor = b.actor or b.domain = any(domains_of(split_part(f.actor, '/', 3)))) order by f.id`,
    [blockId],
  )
  return found.map(({ id }) => id)
}

const refusedActors = (table: 'follower' | 'topic_follower'): string =>
  `delete from ${table} f using (select distinct split_part(actor, '/', 3) as host from ${table}) h
   where split_part(f.actor, '/', 3) = h.host and refused_host(h.host)`

/** Takes away every follower, of a person or a role, whose host is refused. */
export async function removeRefusedFollowers(tx: Tx): Promise<void> {
  await changed(tx, refusedActors('follower'))
  await changed(tx, refusedActors('topic_follower'))
}

/** Ends the deliveries that wait for a refused host. */
export async function dropRefusedDeliveries(tx: Tx, at: Date): Promise<void> {
  await changed(
    tx,
    `update delivery d set state = 'refused', last_error = 'refused here', updated_at = $1
     from (select distinct host from delivery where state = 'waiting') h
     where d.state = 'waiting' and d.host = h.host and refused_host(h.host)`,
    [at],
  )
}
