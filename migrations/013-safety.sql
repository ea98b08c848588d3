-- The domains that a host stands for: itself and everything above it, without its port. Of '[::1]:3000' none.
create function domains_of(host text) returns text[] language sql immutable parallel safe as $$
  select coalesce(array_agg(array_to_string(parts[start:], '.')), '{}')
  from (select string_to_array(rtrim(regexp_replace(lower(host), ':\d*$', ''), '.'), '.') as parts) h,
    generate_subscripts(parts, 1) as start
  where host !~ '[\[\]]'
$$;

-- Every search asks whose host is refused: the names are taken apart once.
alter table origin add column domains text[] generated always as (domains_of(host)) stored;

-- A short stand-in for a person's address, so that her entries can be found by it.
create function person_key(person text) returns bigint language sql immutable parallel safe as $$
  select ('x' || substr(md5(person), 1, 16))::bit(64)::bigint
$$;
create index directory_entry_person on directory_entry (person_key(doc::json ->> 'featuredObject'));

-- Whom a person does not want to hear from, or be found by: one actor, or a whole server.
create table person_block (
  id text primary key,
  account_id text not null references account (id) on delete cascade,
  actor text collate "C",
  domain text collate "C",
  name text,                                           -- as she was shown it
  blocked_account_id text references account (id) on delete cascade,
  blocked_at timestamptz not null,
  unique (account_id, actor),
  unique (account_id, domain),
  check ((actor is null) <> (domain is null))
);
create index person_block_actor on person_block (actor);
create index person_block_blocked on person_block (blocked_account_id);

-- Actors elsewhere that blocked a person here: only a hash of the pair, so that nobody can read whom. Gone with Undo, or with her.
create table received_block (
  account_id text not null references account (id) on delete cascade,
  person_id text not null,
  pair bytea not null,
  activity bytea not null,                             -- hash of the Block's own id, since its Undo may name nothing else
  received_at timestamptz not null,
  primary key (account_id, pair)
);

-- Domains that administrators and moderators refuse, with everything below them.
create table domain_block (
  domain text collate "C" primary key,
  reason text not null,
  blocked_by text references account (id) on delete set null,
  blocked_at timestamptz not null
);

-- Lists of domains that others keep, and that we refuse as well.
create table block_list (
  id integer primary key generated always as identity,
  url text not null unique,
  etag text,
  subscribed_by text references account (id) on delete set null,
  subscribed_at timestamptz not null,
  checked_at timestamptz not null,
  changed_at timestamptz not null,
  trouble text
);

create table block_list_entry (
  list_id integer not null references block_list (id) on delete cascade,
  domain text collate "C" not null,
  comment text,
  primary key (list_id, domain)
);
create index block_list_entry_domain on block_list_entry (domain);

-- Whether a node that an administrator chose is at that domain or below it: a list alone never comes between partners.
create function has_partner(under text) returns boolean language sql stable parallel safe as $$
  select exists (select from partner p
    where (p.following in ('requested', 'accepted') or p.follower = 'accepted') and under = any(domains_of(p.host)))
$$;

-- The one rule by which a host is refused.
create function refused_host(host text) returns boolean language sql stable parallel safe as $$
  select exists (select from domain_block b where b.domain = any(domains_of(host)))
    or exists (select from block_list_entry e where e.domain = any(domains_of(host)) and not has_partner(e.domain))
$$;

-- People of other nodes who are not shown here, although nobody blocked them.
create table hidden_entry (
  id text primary key,
  person text collate "C" not null unique,
  listing_id text collate "C" not null,
  host text collate "C" not null,
  name text not null,
  hidden_by text references account (id) on delete set null,
  hidden_at timestamptz not null
);

-- What somebody says about a person: for moderators only. Who reported is somebody here, or a server: never more of it.
create table report (
  id text primary key,
  reporter_account_id text references account (id) on delete set null,
  reporter_host text,
  about_account_id text references account (id) on delete cascade,
  about text collate "C" not null,                     -- an actor here or elsewhere
  about_host text collate "C" not null,
  about_name text,
  listing_id text collate "C",
  posts text[] not null,
  content text not null,
  times integer not null default 1,
  forward boolean not null default false,
  forwarded_at timestamptz,
  made_at timestamptz not null,
  changed_at timestamptz not null,
  closed_at timestamptz
);
-- What the reported person wrote, if whoever got it attached it. Of messages from outside, and so in no backup, and gone after 30 days.
create table report_attachment (
  report_id text primary key references report (id) on delete cascade,
  content text not null,
  made_at timestamptz not null
);
create index report_open on report (changed_at) where closed_at is null;
create index report_reporter on report (reporter_host, about, made_at);

-- What moderators and administrators decided, and why. Only added to. Names nobody: accounts and domains stand here by id.
create table decision (
  id text primary key,
  number bigint generated always as identity,
  at timestamptz not null,
  by_account text not null,
  kind text not null,
  reason text not null,
  report_id text,
  about_account text,
  target text,
  answers text                                         -- the decision that an appeal was about
);
create index decision_number on decision (number);
create index decision_about on decision (about_account, number);
create index decision_report on decision (report_id);

create function decisions_stay() returns trigger language plpgsql as $$
  begin
    raise exception 'a decision that was logged stays as it is';
  end
$$;
create trigger decision_stays before update or delete or truncate on decision
  for each statement execute function decisions_stay();

-- "Somebody else, please": one for each decision, by the person whom it is about.
create table appeal (
  id text primary key,
  decision_id text not null unique references decision (id),
  account_id text not null references account (id) on delete cascade,
  content text not null,
  made_at timestamptz not null,
  decided_at timestamptz
);

-- Who sees reports, beside what she is otherwise.
alter table account add moderates boolean not null default false;
