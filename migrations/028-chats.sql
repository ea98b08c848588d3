-- One side's record of a peer chat: two rows for a chat between two people here. All of it is gone 30 days after it was asked for.
create table chat (
  id text primary key,
  account_id text not null references account (id) on delete cascade,
  side text not null check (side in ('asker', 'asked')),
  offer text collate "C" not null,                      -- IRI of the request
  agreement text collate "C",                           -- IRI of the yes
  context text not null,                                -- IRI, the same on both sides
  flag text,                                            -- IRI of the flag that was answered; null where somebody introduced them
  person_id text not null,                              -- the id under which this side is known to the other
  peer_actor text collate "C" not null,
  peer_host text not null,
  peer_name text not null,
  peer_organisation text,
  peer_role text,
  peer_country text,
  peer_handle text,
  peer_page text,
  peer_entry text collate "C",                          -- IRI of the listing
  peer_account_id text,                                 -- when the other side is here too
  kind text not null,
  why text not null,
  hope text not null,
  bring text not null,
  boundaries text[] not null,
  introduced_by text,
  invited text[] not null default '{}',                 -- actors who are asked to the same consult
  standing text not null check (standing in ('requested', 'accepted', 'arranged', 'declined', 'withdrawn', 'lapsed', 'called-off')),
  plan_version integer not null check (plan_version >= 0),
  plan_by text not null check (plan_by in ('asker', 'asked')),
  plan_from timestamptz,
  plan_until timestamptz,
  plan_offered jsonb not null,                          -- [{from, until}], in milliseconds of Unix time
  asker_edition integer not null,
  asker_place text,
  asker_access text,
  asked_edition integer not null,
  asked_place text,
  asked_access text,
  lapses_at timestamptz not null,
  made_at timestamptz not null,
  ends_at timestamptz not null,
  counted_month text,                                   -- in whose tally her yes counts; null: none, or called off since
  sending_until timestamptz,                            -- one of its messages is on its way, and no other goes before
  constraint chat_at_most_30_days check (ends_at <= made_at + interval '30 days'),
  constraint chat_slot_whole check ((plan_from is null) = (plan_until is null)),
  constraint chat_arranged_has_slot check (standing <> 'arranged' or plan_from is not null),
  unique (account_id, offer)
);
create index chat_account on chat (account_id, made_at);
create index chat_peer on chat (peer_actor);
create index chat_offer on chat (offer);
create index chat_person on chat (person_id);
create index chat_ends on chat (ends_at);
create index chat_lapses on chat (lapses_at) where standing = 'requested';

-- What the other side must hear, oldest first. The words of it are in the chat; gone when it was heard, or with the chat.
create table chat_message (
  number bigint primary key generated always as identity,
  chat_id text not null references chat (id) on delete cascade,
  what text not null check (what in ('offer', 'accept', 'decline', 'change', 'undo', 'too-late')),
  attempts integer not null default 0
);
create index chat_message_chat on chat_message (chat_id, number);

-- A request that was not let in: the same one stays refused while it could come again.
create table chat_refusal (
  id text primary key,
  offer text collate "C" not null unique,
  person_id text not null,                              -- who was asked
  actor text collate "C" not null,                      -- who asked
  host text not null,
  attempts integer not null default 0,
  made_at timestamptz not null,
  heard boolean not null default false,                 -- the no has reached who asked
  ends_at timestamptz not null,
  constraint chat_refusal_at_most_14_days check (ends_at <= made_at + interval '14 days')
);
create index chat_refusal_ends on chat_refusal (ends_at);
create index chat_refusal_actor on chat_refusal (actor, made_at);
create index chat_refusal_host on chat_refusal (host, made_at);

-- A request was taken back before it came: it is passed over when it comes. Keyed hashes of the request, its asker and her host.
create table chat_undone (
  offer_hash text primary key,
  asker_hash text not null,
  host_hash text not null,
  until timestamptz not null
);
create index chat_undone_asker on chat_undone (asker_hash);
create index chat_undone_host on chat_undone (host_hash);
create index chat_undone_until on chat_undone (until);

-- Who may not ask whom again for a while, who may once although no flag is up, and how many were asked. Keyed hashes: no pair can
-- be read here. `side` is what the account is in it.
create table chat_pause (
  account_id text not null references account (id) on delete cascade,
  side text not null check (side in ('asker', 'asked')),
  peer_hash text not null,
  until timestamptz not null,
  primary key (account_id, side, peer_hash)
);
create index chat_pause_until on chat_pause (until);

create table chat_admission (
  account_id text not null references account (id) on delete cascade,
  side text not null check (side in ('asker', 'asked')),
  peer_hash text not null,
  introducer_hash text,
  until timestamptz not null,
  primary key (account_id, side, peer_hash)
);
create index chat_admission_until on chat_admission (until);

create table chat_arrival (
  asker_hash text not null,
  at timestamptz not null
);
create index chat_arrival_asker on chat_arrival (asker_hash, at);
create index chat_arrival_at on chat_arrival (at);

-- How many chats a person said yes to in a month (YYYY-MM in UTC), so that her flag closes when that is enough for her.
create table chat_tally (
  account_id text not null references account (id) on delete cascade,
  month text not null,
  agreed integer not null,
  primary key (account_id, month)
);

-- What one side's calendar was told last, and which plan she was reminded of: both by the number that calendars count with.
create table chat_told (
  chat_id text primary key references chat (id) on delete cascade,
  sequence integer,
  slot_from timestamptz,
  slot_until timestamptz,
  reminded integer,
  constraint chat_told_whole check ((sequence is null) = (slot_from is null) and (slot_from is null) = (slot_until is null))
);
