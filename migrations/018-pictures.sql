-- A picture as it is shown: made anew from what was uploaded, with nothing else that the file held. What it shows, and who sees it,
-- is in its owner's profile.
create table picture (
  account_id text primary key references account (id) on delete cascade,
  name text not null unique,
  bytes bytea not null check (octet_length(bytes) between 1 and 262144),
  kept_at timestamptz not null
);

-- What was found at a person's links when they were last looked at. `verified_at` is there while a link counts as hers.
create table link_check (
  account_id text not null references account (id) on delete cascade,
  url text not null,
  due boolean not null,
  asked_at timestamptz not null,
  checked_at timestamptz,
  result text,
  status integer,
  failures integer not null default 0,
  verified_at timestamptz,
  primary key (account_id, url)
);
create index link_check_asked on link_check (asked_at);
