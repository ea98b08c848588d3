-- The search index over local and remote listings. A local person has one row for each audience that may see her,
-- holding only what that audience may see (docs/decisions/one-entry-for-each-audience.md); a remote copy has one.
create extension if not exists pg_trgm;

create table facet (
  id smallint generated always as identity (start with 100),
  kind text not null,
  value text collate "C" not null,
  primary key (kind, value)
);

create table directory_entry (
  lid bigint not null,
  origin_id integer not null references origin (origin_id) on delete cascade,
  audience smallint not null check (audience in (1, 2)),   -- 1 signed in here, 2 anybody
  ends_at timestamptz not null,
  flag_ends_at timestamptz,
  listing_id text collate "C" not null,
  account_id text,                                         -- of a local person, so that her own blocks and deletion find it
  facets smallint[] not null,
  tsv tsvector not null,
  doc text not null,
  primary key (lid) include (origin_id, audience, ends_at, flag_ends_at, facets),
  unique (listing_id, audience)
) with (toast_tuple_target = 256);
alter table directory_entry alter facets set storage plain;
create index directory_entry_facets on directory_entry using gin (facets) with (fastupdate = on, gin_pending_list_limit = 256);
create index directory_entry_tsv on directory_entry using gin (tsv) with (fastupdate = on, gin_pending_list_limit = 256);
create index directory_entry_origin on directory_entry (origin_id);

-- The words of names, organisations and titles, for queries with a typing error. Words of people who left are removed with them.
create table word (
  w text collate "C" primary key
);
create index word_trgm on word using gin (w gin_trgm_ops);
