-- The hash of each of the 256 buckets of our own set (FEDERATION.md 4.3) and how many listings it has; a null hash after a
-- change in it, until somebody asks.
create table published_bucket (
  bucket smallint primary key check (bucket between 0 and 255),
  hash bytea,
  items integer not null default 0
);
insert into published_bucket (bucket) select g from generate_series(0, 255) g;

-- When a listing was published under its id: a node that was no partner any more by then never read it. Null for older rows.
alter table published_listing add added_at timestamptz;

-- The ETag of the kept statement, so that a conditional poll reads no text.
alter table directory_state add statement_etag text;

-- Who may not read a listing: whole nodes by their host, and every node outside some countries (null: no such limit).
create table published_limit (
  listing_id text collate "C" primary key references published_listing (id) on delete cascade,
  hosts text[] not null,
  countries text[]
);

-- Listings that one partner does not read. `seq` is that of the tombstone that it gets instead; null when it never had the listing.
-- A row stays as long as the listing's own row does: an id never comes back to a node that lost it.
create table hidden_listing (
  partner_id integer not null references partner (id) on delete cascade,
  listing_id text collate "C" not null references published_listing (id) on delete cascade,
  seq bigint,
  hidden_at timestamptz not null,
  primary key (partner_id, listing_id)
);
create index hidden_listing_seq on hidden_listing (partner_id, seq);
create index hidden_listing_listing on hidden_listing (listing_id);

-- The statement of a partner that does not read the whole set, for the seq and epoch at which it was signed.
create table partner_statement (
  partner_id integer primary key references partner (id) on delete cascade,
  epoch text not null,
  seq bigint not null,
  statement text not null,
  etag text not null,
  issued_at timestamptz not null
);

-- The epoch of the newest statement that a partner was given: `have` counts in that one.
alter table partner add their_epoch text;

-- When our set was last found to be older than what others had read of it, and why; a new epoch began then.
alter table directory_state add restored_at timestamptz;
alter table directory_state add restored_because text;

-- Whom a person limits her copies to. No row: no limit.
create table listing_limit (
  account_id text not null,
  hosts text[] not null,
  countries text[],
  changed_at timestamptz not null,
  constraint listing_limit_pk primary key (account_id),
  constraint listing_limit_account foreign key (account_id) references account (id) on delete cascade
);

-- Who held a listing when it was withdrawn or hidden from somebody, and when each said that it is gone.
create table withdrawal_holder (
  listing_id text collate "C" not null,
  partner_id integer not null,
  host text not null,
  organisation text not null,
  country text,
  seq bigint not null,
  withdrawn_at timestamptz not null,
  confirmed_at timestamptz,
  primary key (listing_id, partner_id)
);
create index withdrawal_holder_open on withdrawal_holder (partner_id, seq) where confirmed_at is null;
