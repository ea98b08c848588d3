-- Posts of a public person, one row for each thing that could be told, so that none is told twice. `number` is part of the post's
-- address. One that was never sent, since she had four in 30 days, has no number. The text goes when the post is taken back.
create table note (
  id text primary key,
  person_id text not null references person (id) on delete cascade,
  kind text not null check (kind in ('opened', 'closing', 'practice')),
  number integer,
  flag_id text references chat_flag (id) on delete cascade,
  practices text[] not null default '{}',
  job text not null default '',                        -- a hash of what it says of her job; '' when that was not noted
  body text,
  inboxes text[] not null default '{}',
  made_at timestamptz not null,
  ends_at timestamptz not null,
  deleted_at timestamptz,
  constraint note_number_unique unique (person_id, number),
  constraint note_can_be_read check (body is null or (number is not null and deleted_at is null)),
  constraint note_of_a_flag check ((kind = 'practice') = (flag_id is null))
);
create unique index note_of_flag on note (flag_id, kind) where deleted_at is null;
create index note_made on note (person_id, made_at);
create index note_live on note (ends_at) where deleted_at is null and number is not null;

insert into note (id, person_id, kind, number, flag_id, body, made_at, ends_at, deleted_at)
  select flag_note.flag_id, flag_note.person_id, 'opened', chat_flag.number, flag_note.flag_id,
         case when flag_note.deleted_at is null then flag_note.body end, flag_note.made_at, chat_flag.ends_at, flag_note.deleted_at
  from flag_note join chat_flag on chat_flag.id = flag_note.flag_id;
drop table flag_note;

-- Which posts a person wants, where it is not the default. `practices` are those that everyone could read when it was last looked.
create table posting (
  account_id text primary key references account (id) on delete cascade,
  opened boolean not null default true,
  closing boolean not null default false,
  practice boolean not null default false,
  topic boolean not null default false,
  person_id text,
  practices text[] not null default '{}',
  changed_at timestamptz not null
);
create index posting_topic on posting (account_id) where topic;

-- Followers of a role, and what was announced to them.
create table topic_follower (
  id text primary key,
  topic text not null,
  actor text not null,
  inbox text not null,
  shared_inbox text,
  follow text not null,
  followed_at timestamptz not null,
  constraint topic_follower_once unique (topic, actor)
);
create index topic_follower_actor on topic_follower (actor);

create table topic_announcement (
  id text primary key,
  topic text not null,
  note_id text not null references note (id) on delete cascade,
  inboxes text[] not null default '{}',
  made_at timestamptz not null,
  undone_at timestamptz,
  constraint topic_announcement_once unique (topic, note_id)
);
create index topic_announcement_note on topic_announcement (note_id);

-- The permission log holds these switches too. Which there are, the code knows.
alter table consent_receipt drop constraint consent_receipt_purpose_check;
alter table consent_receipt add constraint consent_receipt_purpose_check check (purpose ~ '^[a-z]+(-[a-z]+)*$');
