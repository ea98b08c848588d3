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
