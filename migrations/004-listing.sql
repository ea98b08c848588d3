-- What the outside knows a person by: an opaque id that is never used again.
-- A person who leaves public scope, partner scope, or this node, gets a new one if she comes back.
create table person (
  id text not null,
  account_id text,
  handle text,
  created_at timestamptz not null,
  public_since timestamptz,
  retired_at timestamptz,
  constraint person_pk primary key (id),
  constraint person_account foreign key (account_id) references account (id) on delete set null
);
create unique index person_current on person (account_id) where retired_at is null;
create unique index person_handle on person (handle) where retired_at is null;

-- One row while somebody is listed in at least one scope. Gone when she is not: there is no "hidden" state to get wrong.
-- The three documents are what is shown now to people here, to partner nodes and to everyone; null where she is not listed.
create table listing (
  id text not null,
  account_id text not null,
  person_id text not null,
  here boolean not null,
  partners boolean not null,
  public boolean not null,
  discovery boolean not null,
  published_at timestamptz not null,
  updated_at timestamptz not null,
  review_at timestamptz not null,
  review_asked_at timestamptz,
  members_document text,
  partners_document text,
  public_document text,
  announced_flag text,                                 -- the flag that followers were told of
  constraint listing_pk primary key (id),
  constraint listing_account foreign key (account_id) references account (id) on delete cascade,
  constraint listing_person foreign key (person_id) references person (id),
  constraint listing_account_unique unique (account_id),
  constraint listing_some_scope check (here or partners or public),
  constraint listing_discovery_needs_public check (public or not discovery)
);

-- Listings that partner nodes were told to drop, so that their owner sees who has confirmed. Kept for 30 days.
create table withdrawn_listing (
  id text not null,
  account_id text not null,
  withdrawn_at timestamptz not null,
  constraint withdrawn_listing_pk primary key (id),
  constraint withdrawn_listing_account foreign key (account_id) references account (id) on delete cascade
);
create index withdrawn_listing_account_at on withdrawn_listing (account_id, withdrawn_at);

-- "Open to a peer chat": always with an end. Staying open for longer is a new flag that replaces the old one.
create table chat_flag (
  id text not null,
  account_id text not null,
  number integer not null,
  kinds text[] not null,
  boundaries text[] not null,
  capacity integer not null,
  hidden_here boolean not null,
  opened_at timestamptz not null,
  ends_at timestamptz not null,
  paused_until timestamptz,
  full_until timestamptz,
  closed_at timestamptz,
  closed_because text,
  renewal_asked_at timestamptz,
  constraint chat_flag_pk primary key (id),
  constraint chat_flag_account foreign key (account_id) references account (id) on delete cascade,
  constraint chat_flag_number_unique unique (account_id, number),
  constraint chat_flag_capacity_range check (capacity between 1 and 4),
  constraint chat_flag_at_most_90_days check (ends_at <= opened_at + interval '91 days'),
  constraint chat_flag_reason_known check (closed_because in ('person', 'lapsed', 'withdrawn', 'replaced'))
);
create unique index chat_flag_open on chat_flag (account_id) where closed_at is null;
create index chat_flag_ends on chat_flag (ends_at) where closed_at is null;
