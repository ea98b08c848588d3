-- Under which ids a follower asked, the newest last, as [{"id": "…", "at": "…"}]: Undo and Follow may come in any order.
alter table follower add column follows jsonb not null default '[]';
-- Where a follower's account moved to, once both ends have said so: who comes from there has her answer already.
alter table follower add column moved_to text;
create index follower_actor on follower (actor);
create index follower_moved_to on follower (person_id, moved_to) where moved_to is not null;
create index follower_shown on follower (person_id, state, asked_at, id);

-- Follows that were taken back, and actors that are gone: only a hash, for 30 days, so that a Follow that comes late does nothing.
create table ended_follow (
  hash text primary key,
  ended_at timestamptz not null
);
create index ended_follow_at on ended_follow (ended_at);

-- What a person chose about who may follow her. Null: as her node's host has it.
create table follow_choice (
  person_id text primary key references person (id) on delete cascade,
  everybody boolean,
  moved boolean not null default false                 -- who comes from an old account of hers
);

-- Other accounts of hers, which name her as theirs, or may.
create table person_alias (
  person_id text not null references person (id) on delete cascade,
  actor text not null,
  name text not null,                                  -- as she is shown it: @asha@social.example
  added_at timestamptz not null,
  moved_here_at timestamptz,                           -- when a Move of it to her came
  primary key (person_id, actor)
);
create index person_alias_actor on person_alias (actor);

-- Where she went on the fediverse: her actor says so until she takes it back.
alter table person add column moved_to text;
alter table person add column moved_to_name text;
alter table person add column moved_at timestamptz;    -- stays when she takes it back: one move in 30 days

-- Her public page and actor are blank since then, until she shows them again. Her yes to being public stands.
alter table listing add column unlisted_since timestamptz;

-- Where a host is told that she left: its shared inbox, or an inbox of somebody there; and, until that was found, who asked.
alter table holder add column inbox text;
alter table holder add column asked_by text;
create index holder_to_find on holder (person_id) where inbox is null and asked_by is not null;
