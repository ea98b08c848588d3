-- Keys of actors: 'node', 'directory', or a person's id. The only table with private keys.
create table actor_key (
  actor_id text not null,
  kind text not null check (kind in ('rsa', 'ed25519')),
  private_jwk text not null,
  public_jwk text not null,
  made_at timestamptz not null,
  primary key (actor_id, kind)
);

-- Followers of people in public scope, from other servers.
create table follower (
  id text primary key,
  person_id text not null references person (id) on delete cascade,
  actor text not null,
  handle text,
  inbox text not null,
  shared_inbox text,
  follow text not null,
  state text not null check (state in ('waiting', 'accepted', 'rejected')),
  asked_at timestamptz not null,
  answered_at timestamptz,
  unique (person_id, actor)
);

-- One prepared body, and one row for each inbox it goes to. No key in either.
create table outgoing_activity (
  id text primary key,
  sender text not null,
  body text not null,
  made_at timestamptz not null,
  give_up_at timestamptz not null
);

create table delivery (
  id text primary key,
  activity_id text not null references outgoing_activity (id) on delete cascade,
  inbox text not null,
  state text not null check (state in ('waiting', 'delivered', 'failed')),
  attempts integer not null default 0,
  last_status integer,
  last_error text,
  updated_at timestamptz not null,
  unique (activity_id, inbox)
);

-- Hosts that were delivered to or that fetched a public actor with a signature: the list of copies.
create table holder (
  person_id text not null references person (id) on delete cascade,
  host text not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (person_id, host)
);

-- Notes that say that somebody is open to a chat, so that they can be shown, and deleted, by id.
create table flag_note (
  flag_id text primary key references chat_flag (id) on delete cascade,
  person_id text not null references person (id) on delete cascade,
  body text not null,
  made_at timestamptz not null,
  deleted_at timestamptz
);

-- Activities seen in the last 30 days: the same one twice does nothing twice.
create table received_activity (
  id text primary key,
  received_at timestamptz not null
);
create index received_activity_at on received_activity (received_at);

-- Fedify's cache: keys, documents, remembered signature habits. Logged, and everything in it ends.
create table federation_cache (
  key text primary key,
  value json not null,
  expires_at timestamptz not null
);
create index federation_cache_expires on federation_cache (expires_at);
