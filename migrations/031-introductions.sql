-- A talk with somebody outside, as she noted it for herself after they agreed on it in words: for her calendar and a reminder. Gone
-- with the request, a day after the talk, and 30 days after she noted it at the latest. Nobody else is told.
create table request_meeting (
  request_id text primary key references request (id) on delete cascade,
  starts_at timestamptz not null,
  until timestamptz not null,
  place text check (char_length(place) <= 200),
  version integer not null,                             -- counts her changes
  reminded integer not null default -1,                 -- the newest version that she was reminded of
  made_at timestamptz not null,
  ends_at timestamptz not null,
  constraint request_meeting_at_most_30_days check (ends_at <= made_at + interval '30 days'),
  constraint request_meeting_has_a_length check (starts_at < until)
);
create index request_meeting_starts on request_meeting (starts_at);
create index request_meeting_ends on request_meeting (ends_at);

-- Somebody asks another one to introduce her to a third: one row for each of the three, on her own node. Whom the actors are is looked up in
-- her directory each time, so nobody reads of another what her directory does not show. All of it is gone after 30 days.
create table introduction (
  id text primary key,
  account_id text not null references account (id) on delete cascade,
  part text not null check (part in ('asker', 'introducer', 'target')),
  person_id text not null,                              -- the id under which the others know her
  asker text collate "C" not null,                      -- actors
  introducer text collate "C" not null,
  target text collate "C" not null,
  ask_offer text collate "C",                           -- IRI of what the asker sent; the target never learns it
  pass_offer text collate "C",                          -- IRI of what the introducer sent on
  line text not null check (char_length(line) <= 300),
  standing text not null check (standing in ('asked', 'passed', 'agreed', 'ended', 'withdrawn')),
  made_at timestamptz not null,                         -- when the asker asked, as her node says
  came_at timestamptz not null,                         -- when it came here
  answer_by timestamptz not null,
  agreed_until timestamptz,
  ends_at timestamptz not null,
  constraint introduction_at_most_30_days check (ends_at <= made_at + interval '30 days'),
  constraint introduction_agreed_until check (standing <> 'agreed' or agreed_until is not null),
  constraint introduction_offers check (case part when 'target' then ask_offer is null and pass_offer is not null else ask_offer is not null end)
);
create unique index introduction_once on introduction (account_id, part, ask_offer) where part <> 'target';
create unique index introduction_target_once on introduction (account_id, pass_offer) where part = 'target';
create index introduction_account on introduction (account_id, made_at);
create index introduction_asked on introduction (ask_offer);
create index introduction_passed on introduction (pass_offer);
create index introduction_asker on introduction (asker, came_at);
create index introduction_introducer on introduction (introducer, came_at);
create index introduction_ends on introduction (ends_at);

-- What another node must hear of it, oldest first; gone when it was heard.
create table introduction_message (
  number bigint primary key generated always as identity,
  introduction_id text not null references introduction (id) on delete cascade,
  what text not null check (what in ('ask', 'pass', 'yes', 'no', 'undo')),
  attempts integer not null default 0
);
create index introduction_message_introduction on introduction_message (introduction_id, number);
