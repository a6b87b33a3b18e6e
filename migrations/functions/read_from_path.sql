-- How an id arrives that was sent in a path as it is, percent-encoded or not: API Gateway decodes it twice, and cuts it at
-- a `?` before each time. Null where it would refuse the path.
create or replace function app.read_from_path(id text) returns text
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_text text := id;
begin
  for v_time in 1..2 loop
    v_text := split_part(v_text, '?', 1);
    continue when v_text !~ '%';
    if v_text ~ '%(?![0-9A-Fa-f]{2})' then
      return null;
    end if;
    select convert_from(decode(string_agg(
      case when part[1] ~ '^%' then substr(part[1], 2) else encode(convert_to(part[1], 'UTF8'), 'hex') end, '' order by place
    ), 'hex'), 'UTF8')
    into v_text
    from regexp_matches(v_text, '%..|[^%]+', 'g') with ordinality parts (part, place);
  end loop;
  return v_text;
exception
  -- What is decoded is no UTF-8.
  when character_not_in_repertoire or untranslatable_character then
    return null;
end
$$;
grant execute on function app.read_from_path(text) to service_role;
