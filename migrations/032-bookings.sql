-- Office hours: times at which somebody may be booked. They carry what they need of her clock and holidays, so that a change of her
-- profile moves no time that somebody has in a diary. `person_id`: under which id others know whose they are.
create table office_hours (
  id text primary key,
  account_id text not null references account (id) on delete cascade,
  person_id text not null,
  first_day text not null check (first_day ~ '^\d{4}-\d\d-\d\d$'),
  until_day text not null check (until_day ~ '^\d{4}-\d\d-\d\d$'),
  starts_at text not null check (starts_at ~ '^\d\d:\d\d$'),
  minutes integer not null check (minutes between 15 and 120),
  every text not null check (every in ('week', 'fortnight', 'month')),
  zone text not null,
  country text,
  region text,
  capacity integer not null check (capacity between 1 and 8),
  place text not null check (length(place) <= 200),
  told boolean not null,                               -- her followers are told
  off_days text[] not null default '{}',               -- days that she called off
  made_at timestamptz not null,
  ended_at timestamptz
);
create index office_hours_account on office_hours (account_id);
create index office_hours_person on office_hours (person_id) where ended_at is null;

-- Who comes, to somebody of this node: a person here, or one of a partner node by her actor. Nobody writes a word.
create table booking (
  id text primary key,
  hours_id text not null references office_hours (id) on delete cascade,
  day text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  guest_account text references account (id) on delete cascade,
  guest_actor text,
  guest_name text not null default '',
  join_id text,                                        -- the Join by which a person of another node came
  state text not null check (state in ('booked', 'waiting', 'left', 'called-off', 'refused')),
  sequence integer not null default 1,
  told_sequence integer not null default 0,            -- what her node has heard
  attempts integer not null default 0,
  made_at timestamptz not null,
  gone_at timestamptz not null,
  constraint booking_of_one_guest check ((guest_account is null) = (guest_actor is not null)),
  constraint booking_from_elsewhere check ((guest_actor is null) = (join_id is null)),
  constraint booking_kept check (gone_at <= made_at + interval '30 days' and gone_at <= ends_at + interval '1 day'),
  constraint booking_join unique (guest_actor, join_id)
);
create unique index booking_once_here on booking (hours_id, day, guest_account) where state in ('booked', 'waiting');
create unique index booking_once_elsewhere on booking (hours_id, day, guest_actor) where state in ('booked', 'waiting');
create index booking_gone on booking (gone_at);
create index booking_guest on booking (guest_account) where guest_account is not null;

-- The other side: what a person here booked with somebody of a partner node.
create table booking_away (
  id text primary key,
  account_id text not null references account (id) on delete cascade,
  person_id text not null,                             -- under which id she asked
  host_actor text not null,
  host_name text not null,
  event text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  place text check (length(place) <= 200),
  state text not null check (state in ('asked', 'booked', 'waiting', 'left', 'called-off', 'refused')),
  sequence integer not null default 0,                 -- of the newest answer
  wanted text not null default 'join' check (wanted in ('join', 'leave')),
  told text check (told in ('join', 'leave', 'failed')),
  attempts integer not null default 0,
  made_at timestamptz not null,
  gone_at timestamptz not null,
  constraint booking_away_kept check (gone_at <= made_at + interval '30 days' and gone_at <= ends_at + interval '1 day')
);
create unique index booking_away_once on booking_away (account_id, event) where state in ('asked', 'booked', 'waiting');
create index booking_away_gone on booking_away (gone_at);
create index booking_away_person on booking_away (person_id);

-- A post may tell of office hours. `turns_at`: when it must name their next time.
alter table note add column hours_id text;
alter table note add column turns_at timestamptz;
alter table note drop constraint note_kind_check;
alter table note add constraint note_kind_check check (kind in ('opened', 'closing', 'practice', 'office-hours'));
alter table note drop constraint note_of_a_flag;
alter table note add constraint note_of_a_flag check ((kind in ('opened', 'closing')) = (flag_id is not null));
alter table note add constraint note_of_hours check ((kind = 'office-hours') = (hours_id is not null));
create index note_hours on note (hours_id) where hours_id is not null;
create index note_turns on note (turns_at) where turns_at is not null and deleted_at is null;
