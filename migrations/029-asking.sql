-- A request that somebody is about to make: so that what she wrote survives a timeout. Gone when it is sent, or seven days after its
-- last change. Only she reads it.
create table ask_draft (
  account_id text not null references account (id) on delete cascade,
  entry text not null,                -- the key of the other's page in this directory
  kind text not null,                 -- slug in conversation-kinds
  why text not null,
  hope text not null,
  bring text not null,
  times jsonb,                        -- [{from, until}], in milliseconds of Unix time; null: not asked yet
  introduced_by text,                 -- actor IRI
  ends_at timestamptz not null,
  primary key (account_id, entry)
);
create index ask_draft_ends on ask_draft (ends_at);
