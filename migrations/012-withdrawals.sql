-- What the withdrawal log outside of this database holds, line by line, so that the log can be made whole again. Random ids and
-- times only. Kept for 400 days, as tombstones are.
create table withdrawal (
  number bigint not null,                              -- of the change that wrote it; one change may write several lines
  at timestamptz not null,
  line text not null
);
create index withdrawal_number on withdrawal (number);
