-- A person's own learning log: only she reads it. No name of anybody is put in by the node. Gone with her account.
create table learned (
  id text primary key,
  account_id text not null references account (id) on delete cascade,
  learned_on date not null,
  kind text,                          -- of conversation, from the list; null: something else
  what text not null,
  minutes int check (minutes between 1 and 1440),
  added_at timestamptz not null       -- orders the entries of one day
);
create index learned_account on learned (account_id, learned_on desc, added_at desc);

-- What one side says of a chat after it took place, and what the other side shared of hers. Gone with the chat, so 30 days after it was
-- asked for at the latest.
create table worth (
  chat_id text primary key references chat (id) on delete cascade,
  ask_at timestamptz not null,        -- her next working morning
  asked_at timestamptz,               -- when the mail went; null: not yet
  answer text check (answer in ('yes', 'partly', 'no', 'did-not-happen')),
  note text not null default '',
  wishes boolean not null default false,             -- to tell each other; told to the other side
  edition integer not null default 0,                -- of what the other side is told
  attempts integer not null default 0,               -- to tell the other side, since it last heard
  their_wish boolean not null default false,
  their_edition integer not null default 0,
  their_answer text check (their_answer in ('yes', 'partly', 'no')),
  their_note text not null default '',
  wish_told boolean not null default false,          -- she had a mail about the other side's wish; there is never a second one
  constraint worth_theirs_only_if_both check (their_answer is null or (wishes and their_wish))
);

-- How many chats there were, without saying whose. The exact number is for nobody; what a host may see are tens, renewed once a month.
create table chat_count (
  what text primary key check (what in ('agreed', 'took-place', 'worth-it')),
  count bigint not null check (count >= 0)
);
create table chat_total (
  what text primary key check (what in ('agreed', 'took-place', 'worth-it')),
  shown bigint not null check (shown % 10 = 0),
  month text not null                 -- YYYY-MM, in UTC, when it was renewed
);
