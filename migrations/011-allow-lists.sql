-- Lists of directories that a steward body signs. Its key was compared when an administrator subscribed.
create table allow_list (
  id integer primary key generated always as identity,
  url text not null unique,
  name text not null,
  steward text not null,
  steward_key text not null,
  document text not null,
  issued_at timestamptz not null,
  valid_until timestamptz not null,
  checked_at timestamptz not null,
  trouble text
);
create table allow_list_entry (
  list_id integer not null references allow_list (id) on delete cascade,
  directory_id text not null,
  host text not null,
  organisation text not null,
  country text,
  directory_key text,
  primary key (list_id, directory_id)
);
