-- Lists of directories that a steward body signs. Its key was compared when an administrator subscribed.
create table allow_list (
  id integer primary key generated always as identity,
  url text not null unique,
  name text not null,
  steward text not null,
  steward_key text not null,
  issued_at timestamptz not null,
  valid_until timestamptz not null,
  checked_at timestamptz not null,
  trouble text
);

-- What a list names. A partner that it named once and does not name any more keeps its row, with the time since when.
create table allow_list_entry (
  list_id integer not null references allow_list (id) on delete cascade,
  directory_id text not null,
  host text collate "C" not null,
  organisation text not null,
  country text,
  directory_key text,
  left_at timestamptz,
  primary key (list_id, directory_id)
);
create index allow_list_entry_directory on allow_list_entry (directory_id);
create index allow_list_entry_host on allow_list_entry (list_id, host);

-- Since when nothing of an origin is shown because it does not add up.
alter table origin add hidden_since timestamptz;
