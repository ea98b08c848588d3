-- A person's own learning log: only she reads it. No name of anybody is put in by the node. Gone with her account.
create table learned (
  id text primary key,
  account_id text not null references account (id) on delete cascade,
  learned_on date not null,
  kind text,                          -- of conversation, from the list; null: something else
  what text not null,
  minutes int check (minutes between 1 and 1440),
  added_at timestamptz not null       -- orders the entries of one day
);
create index learned_account on learned (account_id, learned_on desc, added_at desc);
