-- Which pair of a kind an actor uses: 1 for the first, one more after each change.
alter table actor_key add number integer not null default 1;

-- When it was changed last; made_at stays that of the first.
alter table actor_key add changed_at timestamptz;

-- Changes of the directory's key, each signed by the key that it ends: partners follow them from the key that they pinned.
create table key_change (
  number integer primary key,
  former_key text not null,
  new_key text not null,
  changed_at timestamptz not null,
  document text not null
);

-- What a partner's key became: by a change that the old key signed, or, while an administrator has not compared it, only offered.
alter table partner add key_changed_at timestamptz;
alter table partner add offered_key text;

-- Whether the directory's document has a proof by its key. Once it had, requests must be signed by a key that is vouched for so.
alter table partner add vouches boolean not null default false;

-- The key before, where it was replaced while the two nodes had nothing to do with each other.
alter table partner add former_key text;

-- Where a partner says that it moves, once both ends have said so.
alter table partner add moved_to text;
alter table partner add moved_at timestamptz;
