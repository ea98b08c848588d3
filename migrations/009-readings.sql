-- A snapshot of an origin of which something is shown: kept apart until it adds up, then put in place at once.
-- `document` is null for what is held already with the same hash, and for what is refused.
create table staged_copy (
  origin_id integer not null references origin (origin_id) on delete cascade,
  bucket smallint not null,
  id text collate "C" not null,
  seq bigint not null,
  content_hash bytea not null,
  refused text,
  document text,
  primary key (origin_id, bucket, id) include (content_hash)
);

-- Counts of what is held and staged, so that a page costs the same however many there are.
alter table origin add copies integer not null default 0;         -- kept whole
alter table origin add rows_held integer not null default 0;      -- refused ones included
alter table origin add copies_staged integer not null default 0;
alter table origin add rows_staged integer not null default 0;
update origin o set copies = c.kept, rows_held = c.held
  from (select origin_id, count(*) filter (where refused is null)::int as kept, count(*)::int as held from copy group by origin_id) c
  where c.origin_id = o.origin_id;

-- The seq of the statement with which the snapshot began that is being read; null when none is (FEDERATION.md 4.2, `begun`).
alter table origin add snapshot_seq bigint;

-- A snapshot that was half read was mixed with what was shown before: the next poll takes it anew.
update origin set epoch = '', cursor = 0, etag = null, snapshot_open = false where snapshot_open;
alter table copy drop column generation;
alter table origin drop column generation;

-- A search for a word with a typing error reads what is not yet sorted into this index, too: let it be little.
alter index word_trgm set (gin_pending_list_limit = 64);
