-- Who may sign in. No passwords, ever: an account is an address that answers mail.
create table account (
  id text not null,
  mail text not null,
  role text not null,
  state text not null,
  language text not null,
  created_at timestamptz not null,
  signed_in_at timestamptz,
  constraint account_pk primary key (id),
  constraint account_mail_unique unique (mail),
  constraint account_mail_lower check (mail = lower(mail)),
  constraint account_role_known check (role in ('member', 'administrator')),
  constraint account_state_known check (state in ('waiting', 'active', 'closed')),
  constraint account_language_known check (language in ('en', 'cy'))
);

create table invitation (
  mail text primary key check (mail = lower(mail)),
  id text not null unique,                             -- so that the job that mails it carries no address
  language text not null check (language in ('en', 'cy')),
  invited_by text references account (id) on delete set null,
  invited_at timestamptz not null
);

-- One request for a sign-in link. The link's token is made when the mail is sent and kept as a hash only.
create table sign_in_request (
  id text primary key,
  mail text check (mail = lower(mail)),                -- null for the first administrator, who has none yet
  purpose text not null check (purpose in ('sign-in', 'first-administrator', 'console')),
  token_hash text unique,
  browser_hash text,                                   -- of a cookie in the browser that asked
  language text not null check (language in ('en', 'cy')),
  return_to text,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index sign_in_request_expires on sign_in_request (expires_at);

-- As connect-pg-simple wants it.
create table session (
  sid varchar not null primary key,
  sess json not null,
  expire timestamp(6) not null
);
create index session_expire on session (expire);

-- As rate-limiter-flexible wants it. Keys are keyed hashes, never addresses.
create table rate_limit (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
