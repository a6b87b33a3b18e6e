-- Holds every event that a test makes to docs/events.schema.json: what it knows of JSON Schema is what stands there.

create schema catalogue;
create table catalogue.types (type text primary key, subject text not null, data jsonb not null);

create function catalogue.fault(p_data jsonb, p_schema jsonb) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member record;
  v_kind text;
begin
  for v_member in select m.key, m.value as rule, p_data -> m.key as found from jsonb_each(p_schema -> 'properties') m
  loop
    v_kind := case
      when v_member.found::text ~ '^-?[0-9]+$' then 'integer'
      else jsonb_typeof(v_member.found)
    end;
    if v_kind is null then
      return v_member.key || ' is missing';
    elsif not (v_member.rule -> 'type') @> to_jsonb(v_kind) then
      return v_member.key || ' is of another type';
    elsif v_kind = 'string' and v_member.found #>> '{}' !~ coalesce(v_member.rule ->> 'pattern', '') then
      return v_member.key || ' is of another form';
    elsif v_kind = 'integer' and (v_member.found #>> '{}')::numeric < coalesce((v_member.rule ->> 'minimum')::numeric, '-infinity') then
      return v_member.key || ' is too small';
    elsif not coalesce(v_member.rule -> 'enum', jsonb_build_array(v_member.found)) @> v_member.found then
      return v_member.key || ' is none of the known';
    end if;
  end loop;
  return (
    select d.key || ' is unknown' from jsonb_object_keys(p_data) d (key) where not (p_schema -> 'properties') ? d.key limit 1
  );
end
$$;

create function catalogue.hold() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_type catalogue.types;
  v_fault text;
begin
  select * into v_type from catalogue.types where type = new.type;
  v_fault := case
    when v_type.type is null then 'it is unknown'
    when new.subject !~ v_type.subject then 'its subject is another'
    else catalogue.fault(new.data, v_type.data)
  end;
  if v_fault is not null then
    raise exception 'docs/events.schema.json does not have this event of the type %: %', new.type, v_fault
      using detail = new.data;
  end if;
  return new;
end
$$;

create trigger hold_to_catalogue before insert on app.outbox for each row execute function catalogue.hold();
