-- Whom a person does not want suggested: only a keyed hash of the pair, so that nobody can read whom. `until` is empty for what
-- she set aside herself, and the end of the memory for somebody she has met. Gone with her account.
create table pair_memory (
  account_id text not null references account (id) on delete cascade,
  pair bytea not null,
  kind text not null check (kind in ('set-aside', 'met')),
  until timestamptz check ((until is null) = (kind = 'set-aside')),
  primary key (account_id, kind, pair)
);
create index pair_memory_until on pair_memory (until) where until is not null;
