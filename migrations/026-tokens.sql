-- What lets a program read for a person. The token itself is shown once and kept nowhere; here there is its hash.
create table personal_token (
  id text primary key,
  account_id text not null references account (id) on delete cascade,
  name text not null,                                  -- what she calls it
  token_hash text not null unique,
  scopes text[] not null,
  made_at timestamptz not null,
  ends_at timestamptz not null,
  used_on date                                         -- the last day (UTC); null: never used
);
create index personal_token_account on personal_token (account_id);
create index personal_token_ends on personal_token (ends_at);
