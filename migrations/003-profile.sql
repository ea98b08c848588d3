-- Who someone is, as far as she has said so. `fields` follows schemas/profile.json and may be unfinished;
-- `audience` holds only the levels that she changed from their defaults.
create table profile (
  account_id text not null,
  handle text,
  fields jsonb not null,
  audience jsonb not null,
  updated_at timestamptz not null,
  constraint profile_pk primary key (account_id),
  constraint profile_account foreign key (account_id) references account (id) on delete cascade,
  constraint profile_handle_unique unique (handle),
  constraint profile_handle_form check (handle ~ '^[a-z0-9_]{3,30}$')
);

-- Handles are never reused. Nothing is kept of a retired one but a keyed hash, so that WebFinger answers 410.
create table retired_handle (
  hash text primary key,
  retired_at timestamptz not null
);

-- The permission log: every yes and every no, with the wording that was on the screen.
create table consent_receipt (
  id text primary key,
  account_id text not null references account (id) on delete cascade,
  purpose text not null check (purpose in ('here', 'partners', 'public', 'discovery')),
  given boolean not null,
  wording_version text not null,
  wording text not null,
  language text not null check (language in ('en', 'cy')),
  channel text not null check (channel in ('page', 'mail', 'command-line', 'job')),
  at timestamptz not null
);
create index consent_receipt_account on consent_receipt (account_id, at);
