import { changed, rows, type Tx } from '../database/database.ts'

/** What is needed to turn a follower away: the Follow as it came, and where its sender reads. */
export type FormerFollower = {
  readonly personId: string
  readonly actor: string
  readonly inbox: string
  readonly follow: string
}

/** Takes away the followers that one block of a person is about, and returns them. */
export function takeBlockedFollowers(tx: Tx, blockId: string): Promise<FormerFollower[]> {
  return rows<FormerFollower>(
    tx,
    `with taken as (delete from follower f using person p, person_block b
       where b.id = $1 and p.account_id = b.account_id and f.person_id = p.id
         and (f.actor = b.actor or b.domain = any(domains_of(split_part(f.actor, '/', 3)))) returning f.*)
     select person_id as "personId", actor, inbox, follow from taken order by actor`,
    [blockId],
  )
}

/** Takes away every follower whose host is refused. */
export async function removeRefusedFollowers(tx: Tx): Promise<number> {
  return changed(
    tx,
    `delete from follower using (select distinct split_part(actor, '/', 3) as host from follower) h
     where split_part(follower.actor, '/', 3) = h.host and refused_host(h.host)`,
  )
}

/** Ends the deliveries that wait for a refused host. */
export async function dropRefusedDeliveries(tx: Tx, at: Date): Promise<number> {
  return changed(
    tx,
    `update delivery set state = 'failed', last_error = 'refused here', updated_at = $1
     from (select distinct split_part(inbox, '/', 3) as host from delivery where state = 'waiting') h
     where state = 'waiting' and split_part(delivery.inbox, '/', 3) = h.host and refused_host(h.host)`,
    [at],
  )
}
