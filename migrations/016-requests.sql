-- What a person wants of messages from outside. No row: she takes them, and is told by mail that one waits.
create table request_choice (
  account_id text primary key references account (id) on delete cascade,
  takes_outside boolean not null,
  wants_mail boolean not null
);

-- Somebody who asks a person for something. Nothing of it is about anybody else, and it is gone when its last text is.
-- `kind` says where it comes from: today only from outside, as a direct message of another server.
create table request (
  id text primary key,
  kind text not null check (kind in ('outside')),
  account_id text not null references account (id) on delete cascade,
  person_id text not null references person (id) on delete cascade,
  actor text not null,
  host text not null,
  handle text not null,
  name text,
  page text not null,                                  -- what her answer links the name to
  inbox text not null,
  context text not null,
  unique (account_id, actor)
);
create index request_actor on request (actor);

-- Each text of theirs, for 30 days from when it came and not a day longer.
create table request_text (
  id text primary key,
  number bigint not null generated always as identity, -- the order in which they came
  request_id text not null references request (id) on delete cascade,
  note text not null,
  in_reply_to text,
  text text not null,
  changed_text text,                                   -- what they made of it after she had read it
  left_out boolean not null,                           -- pictures or files came with it
  published_at timestamptz,
  came_at timestamptz not null,
  seen_at timestamptz,
  ends_at timestamptz not null,
  constraint request_text_at_most_30_days check (ends_at <= came_at + interval '30 days'),
  unique (request_id, note)
);
create index request_text_note on request_text (note);
create index request_text_ends on request_text (ends_at);

-- Each answer of hers, as long. One that she took back keeps no text, only what its Delete needs.
create table request_answer (
  id text primary key,
  number bigint not null generated always as identity,
  request_id text not null references request (id) on delete cascade,
  in_reply_to text not null,
  text text not null,
  state text not null check (state in ('waiting', 'sent', 'failed')),
  attempts integer not null,
  made_at timestamptz not null,
  taken_back_at timestamptz,
  ends_at timestamptz not null,
  constraint request_answer_at_most_30_days check (ends_at <= made_at + interval '30 days'),
  constraint request_answer_taken_back_is_empty check (taken_back_at is null or text = '')
);
create index request_answer_request on request_answer (request_id);
create index request_answer_ends on request_answer (ends_at);

-- Who may not ask again for a while, and how many asked lately. Keyed hashes of actor and host: no pair can be read here.
create table request_pause (
  account_id text not null references account (id) on delete cascade,
  actor_hash text not null,
  until timestamptz not null,
  primary key (account_id, actor_hash)
);
create index request_pause_until on request_pause (until);

create table request_arrival (
  account_id text not null references account (id) on delete cascade,
  host_hash text not null,
  at timestamptz not null
);
create index request_arrival_account_at on request_arrival (account_id, at);
create index request_arrival_at on request_arrival (at);
