-- Activities of other servers as they came, their signatures checked, until a worker has done what they ask. Hashes of their ids stay
-- in received_activity, written in the same transaction, so that none is kept twice.
create table inbox_activity (
  number bigint primary key generated always as identity,  -- the order in which they came
  id text not null,
  actor text not null,
  host text not null,
  body text not null,
  received_at timestamptz not null,
  failures integer not null default 0,
  aside boolean not null default false                     -- has a job of its own; the actor's later ones wait for it
);
create index inbox_activity_host on inbox_activity (host);
create index inbox_activity_actor on inbox_activity (actor);

-- What is needed of actors on other servers to answer them, from their own documents, so that none is fetched each time. Forgotten
-- after a week.
create table remote_actor (
  id text collate "C" primary key,                         -- so that those of one server stand together
  document text not null,
  fetched_at timestamptz not null
);

-- An id can name its author.
alter table received_activity rename column id to hash;
alter table received_activity alter column hash type bytea using sha256(convert_to(hash, 'UTF8'));

-- Notes that their authors took back, each as a hash of both, for 30 days: a Create that comes late does nothing.
create table withdrawn_note (
  hash bytea primary key,
  withdrawn_at timestamptz not null
);
create index withdrawn_note_at on withdrawn_note (withdrawn_at);
