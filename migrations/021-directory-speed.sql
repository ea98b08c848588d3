-- Which origins are refused, worked out when something changes that decides it, and not in each search: for 3,000 origins and
-- a list of 2,000 domains that took a search 10 ms. Written by triggers alone: nobody who blocks a domain can forget it.
create table refused_origin (
  origin_id integer primary key references origin (origin_id) on delete cascade
);

-- One writer at a time, so that of an origin and a block that come at once the later one sees the other.
create function refuse_origins() returns void language plpgsql as $$
  begin
    lock table refused_origin in share row exclusive mode;
    delete from refused_origin r using origin o where o.origin_id = r.origin_id and not refused_host(o.host);
    insert into refused_origin (origin_id)
      select o.origin_id from origin o
      where o.origin_id > 0 and not exists (select from refused_origin r where r.origin_id = o.origin_id)
        -- The rule itself costs more than a look whether a name is there at all, so that comes first.
        and case when exists (select from unnest(o.domains) as n (name) where exists (select from domain_block d where d.domain = n.name)
          or exists (select from block_list_entry d where d.domain = n.name)) then refused_host(o.host) else false end;
  end
$$;

create function refusals_changed() returns trigger language plpgsql as $$
  begin
    perform refuse_origins();
    return null;
  end
$$;
create trigger refusals after insert or update or delete or truncate on domain_block
  for each statement execute function refusals_changed();
create trigger refusals after insert or update or delete or truncate on block_list_entry
  for each statement execute function refusals_changed();

-- A list alone never comes between partners (has_partner), so a partnership matters where its domain is on one.
create function refusals_of_partner_changed() returns trigger language plpgsql as $$
  begin
    if exists (select from block_list_entry e where e.domain = any(domains_of(new.host)) or e.domain = any(domains_of(old.host))) then
      perform refuse_origins();
    end if;
    return null;
  end
$$;
create trigger refusals_of_new after insert or delete on partner
  for each row execute function refusals_of_partner_changed();
create trigger refusals_of_changed after update of host, following, follower on partner
  for each row when ((old.host, old.following, old.follower) is distinct from (new.host, new.following, new.follower))
  execute function refusals_of_partner_changed();

create function refusal_of_origin() returns trigger language plpgsql as $$
  begin
    lock table refused_origin in share row exclusive mode;
    delete from refused_origin where origin_id = new.origin_id;
    if new.origin_id > 0 and refused_host(new.host) then
      insert into refused_origin (origin_id) values (new.origin_id);
    end if;
    return null;
  end
$$;
create trigger refusal_of_new after insert on origin for each row execute function refusal_of_origin();
create trigger refusal_of_changed after update of host on origin
  for each row when (old.host is distinct from new.host) execute function refusal_of_origin();

select refuse_origins();

-- Words of who somebody is stand in the index twice, the second time with a mark: an index knows no weights.
update directory_entry e set tsv = e.tsv || (select array_to_tsvector(array_agg('=' || n.w)) from unnest(tsvector_to_array(ts_filter(e.tsv, '{a}'))) as n (w))
  where ts_filter(e.tsv, '{a}') <> ''::tsvector;
