-- Deliveries are done host by host, oldest first. `number` is the order of making; `host` is as in the address of the inbox, with its
-- port. `sender` and `give_up_at` are the activity's unless they stand here.
alter table delivery
  drop constraint delivery_state_check,
  add constraint delivery_state_check check (state in ('waiting', 'delivered', 'failed', 'refused', 'replaced')),
  add column number bigint not null generated always as identity,
  add column host text not null generated always as (coalesce(lower(substring(inbox from '^https?://([^/?#]+)')), '')) stored,
  add column sender text,
  add column give_up_at timestamptz,
  add column next_try_at timestamptz not null default '-infinity';

update delivery set state = 'replaced' where state = 'failed' and last_error in ('replaced', 'taken back');
update delivery d set sender = a.sender from outgoing_activity a where a.id = d.activity_id;

create index delivery_waiting_host on delivery (host, number) include (next_try_at) where state = 'waiting';
create index delivery_waiting_inbox on delivery (inbox, number) where state = 'waiting';
create index delivery_failed on delivery (host) where state = 'failed';

-- The type of an activity, for lists that must not look into bodies.
alter table outgoing_activity add column kind text;
update outgoing_activity set kind = body::json ->> 'type';
create index outgoing_activity_sender on outgoing_activity (sender);

-- What is known of a host that is delivered to. Forgotten after 30 days without a try.
create table delivery_host (
  host text primary key,
  failures integer not null default 0,     -- in a row: no answer, an error of its own, or too many requests
  failing_since timestamptz,
  not_before timestamptz,                  -- nothing is sent before
  asked_to_wait boolean not null default false, -- by Retry-After, rather than because it did not answer
  last_status integer,
  last_error text,
  last_took integer,                       -- milliseconds
  tried_at timestamptz not null,
  answered_at timestamptz
);
create index delivery_host_waits on delivery_host (not_before) where not_before is not null;
