-- What a node knows about itself, and which workers live.
create table setting (
  name text primary key,
  value text not null
);

create table worker (
  id text primary key,
  seen_at timestamptz not null
);
