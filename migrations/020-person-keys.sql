-- Pairs that an actor will use next. Other servers are told of them by an Update that the pairs of today sign; then these take their
-- place and the rows go. Private keys, as in actor_key.
create table coming_key (
  actor_id text not null,
  kind text not null check (kind in ('rsa', 'ed25519')),
  private_jwk text not null,
  public_jwk text not null,
  number integer not null,
  made_at timestamptz not null,
  announced_at timestamptz,      -- when that Update was written; null: not yet
  primary key (actor_id, kind)
);
