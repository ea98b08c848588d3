-- Searches that people keep. What somebody looks for is hers alone: nobody else reads it, administrators neither. Whom she was told of
-- is kept nowhere: a weekly mail names those who came after told_until.
create table saved_search (
  id text primary key,
  account_id text not null references account (id) on delete cascade,
  name text not null,
  query text not null,                -- as at the end of an address, without its question mark
  saved_at timestamptz not null,
  ends_at timestamptz not null,
  asked_at timestamptz,               -- when the mail about its end was queued; null: not yet
  mails boolean not null,
  looked_at timestamptz not null,     -- when it was last looked at for a weekly mail, or the mails began
  told_until timestamptz not null,
  feed_hash text unique               -- of the secret in its feed's address; null: no feed
);
create index saved_search_account on saved_search (account_id);

-- Since when somebody is in the directory, and since when her flag is up, by this node's own clock. Neither is ever shown.
alter table directory_entry add column listed_at timestamptz not null default now();
alter table directory_entry add column opened_at timestamptz;
create index directory_entry_listed on directory_entry (listed_at desc, lid);
create index directory_entry_opened on directory_entry (opened_at desc, lid) where opened_at is not null;
