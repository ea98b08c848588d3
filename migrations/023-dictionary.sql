-- Words within a typing error or two of a word are found by what both have in common when letters are left out: the first
-- seven letters with up to two of them missing (one in words below six letters).
create function near_keys(word text) returns text[] language plpgsql immutable strict parallel safe as $$
declare
  start text := left(word, 7);
  size int := length(start);
  one text;
  keys text[] := array[start];
begin
  for i in 1..size loop
    one := overlay(start placing '' from i for 1);
    keys := keys || one;
    if size >= 6 then
      for j in i..size - 1 loop
        keys := keys || overlay(one placing '' from j for 1);
      end loop;
    end if;
  end loop;
  return keys;
end $$;
create index word_near on word using gin (near_keys(w)) with (fastupdate = on, gin_pending_list_limit = 256);
drop index word_trgm;
