import { rows, type Reader } from '../../src/database/database.ts'

// The queue goes by PostgreSQL's clock, which may be ahead of the one that a test sets: then a job for later would run at
// once, again and again. So what is not due by the test's clock is put off by a thousand years until that clock is there.
const statements = [
  'create schema if not exists test',
  'create table if not exists test.clock (now timestamptz not null)',
  `create or replace function test.put_off() returns trigger language plpgsql as $$ begin
     if (tg_op = 'INSERT' or new.run_at is distinct from old.run_at) and new.run_at < now()
        and new.run_at > (select max(now) from test.clock) + interval '5 seconds' then
       new.run_at := new.run_at + interval '1000 years';
     end if;
     return new;
   end $$`,
  `create or replace trigger put_off before insert or update of run_at on graphile_worker._private_jobs
   for each row execute function test.put_off()`,
]

/** Makes jobs for later wait for the test's clock, which is read once here and then by `tellQueue`. */
export async function letJobsWait(db: Reader, time: Date): Promise<void> {
  for (const statement of statements) await rows(db, statement)
  await rows(db, 'insert into test.clock values ($1)', [time])
}

/** Tells the queue what the time is: what was put off and is due by now is due. */
export async function tellQueue(db: Reader, time: Date): Promise<void> {
  await rows(db, 'update test.clock set now = $1', [time])
  await rows(
    db,
    `update graphile_worker._private_jobs set run_at = run_at - interval '1000 years'
     where run_at > now() + interval '500 years'`,
  )
}
