-- What changed in the directory, one row for each statement that did it, so that whoever keeps counts in memory need not read
-- everything again. Written by triggers: no writer can forget it. A reader asks for the rows that its last snapshot did not see;
-- when the oldest row is younger than that snapshot, rows may be gone that it never saw, and it begins anew.
create table directory_change (
  xid xid8 not null default pg_current_xact_id(),
  number bigint generated always as identity,
  lids bigint[],                                       -- entries that came, changed or went
  origins integer[],                                   -- origins whose lease or standing changed
  primary key (xid, number)                            -- with neither: whom moderators hide
);
insert into directory_change default values;           -- so that there always is an oldest one

create function directory_entries_moved() returns trigger language plpgsql as $$
  begin
    if exists (select from moved) then
      insert into directory_change (lids) select array_agg(lid) from moved;
    end if;
    return null;
  end
$$;
create function directory_entries_changed() returns trigger language plpgsql as $$
  begin
    if exists (select from came) then
      insert into directory_change (lids) select array_agg(lid) from (select lid from went union select lid from came) c;
    end if;
    return null;
  end
$$;
create trigger entries_came after insert on directory_entry referencing new table as moved
  for each statement execute function directory_entries_moved();
create trigger entries_went after delete on directory_entry referencing old table as moved
  for each statement execute function directory_entries_moved();
create trigger entries_changed after update on directory_entry referencing old table as went new table as came
  for each statement execute function directory_entries_changed();

create function directory_origins_moved() returns trigger language plpgsql as $$
  begin
    if exists (select from moved) then
      insert into directory_change (origins) select array_agg(origin_id) from moved;
    end if;
    return null;
  end
$$;
-- Each poll writes when it heard of its partner; that changes nothing here.
create function directory_origins_changed() returns trigger language plpgsql as $$
  declare ids integer[] := array(
    select n.origin_id from came n join went w using (origin_id)
    where (n.valid_until, n.hidden) is distinct from (w.valid_until, w.hidden));
  begin
    if cardinality(ids) > 0 then
      insert into directory_change (origins) values (ids);
    end if;
    return null;
  end
$$;
create trigger origins_came after insert on origin referencing new table as moved
  for each statement execute function directory_origins_moved();
create trigger origins_changed after update on origin referencing old table as went new table as came
  for each statement execute function directory_origins_changed();

create trigger origins_refused after insert on refused_origin referencing new table as moved
  for each statement execute function directory_origins_moved();
create trigger origins_taken_back after delete on refused_origin referencing old table as moved
  for each statement execute function directory_origins_moved();

-- An empty directory is read anew.
create function directory_emptied() returns trigger language plpgsql as $$
  begin
    delete from directory_change;
    insert into directory_change default values;
    return null;
  end
$$;
create trigger entries_emptied after truncate on directory_entry for each statement execute function directory_emptied();

-- Whom moderators hide: all of that is read again.
create function directory_hiding_changed() returns trigger language plpgsql as $$
  begin
    insert into directory_change default values;
    return null;
  end
$$;
create trigger hiding_changed after insert or update or delete or truncate on hidden_entry
  for each statement execute function directory_hiding_changed();
