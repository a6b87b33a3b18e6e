-- What the expressions of `read_as` call. None fails, whatever it is given: what cannot be read is null.

-- The type behind a domain; enums and case-insensitive texts are texts. A composite type is a `record`.
create or replace function pg_temp.plain_type(type_id oid, modifier integer) returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_type pg_catalog.pg_type;
  v_modifier integer := modifier;
begin
  select * into strict v_type from pg_catalog.pg_type t where t.oid = type_id;
  while v_type.typtype = 'd'
  loop
    v_modifier := v_type.typtypmod;
    select * into strict v_type from pg_catalog.pg_type t where t.oid = v_type.typbasetype;
  end loop;
  return case
    when v_type.typtype = 'e' or v_type.typname = 'citext' then 'text'
    when v_type.typtype = 'c' then 'record'
    else format_type(v_type.oid, v_modifier)
  end;
end
$$;

create or replace function pg_temp.read_numeric(value text) returns numeric
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Signs of money, of thousands and of other bases are not guessed.
  if value ~* '^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$' then
    return value::numeric;
  end if;
  return null;
exception
  when others then
    return null;
end
$$;

-- ISO 8601, and what PostgreSQL itself writes; any other order of day and month may be meant otherwise. A text without
-- zone is UTC.
create or replace function pg_temp.read_time(value text) returns timestamptz
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set datestyle = 'ISO, MDY'
as $$
begin
  if value ~ '^\s*\d{9,}(\.\d+)?\s*$' then
    return pg_temp.read_epoch(value::numeric);
  elsif value !~* (
    '^\s*(-?infinity|\d{4,6}-?\d\d-?\d\d([t ]\d\d(:?\d\d(:?\d\d(\.\d+)?)?)?\s*(z|utc|gmt|[+-]\d\d(:?\d\d(:?\d\d)?)?)?)?( bc)?)\s*$'
  ) then
    return null;
  end if;
  return value::timestamptz;
exception
  when others then
    return null;
end
$$;

-- Seconds since 1970, or milliseconds, from 2000 to 2100: other numbers are no times, but days such as 20261127.
create or replace function pg_temp.read_epoch(value numeric) returns timestamptz
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when value between 946684800 and 4102444800 then to_timestamp(value::double precision)
    when value between 946684800000 and 4102444800000 then to_timestamp((value / 1000)::double precision)
  end
$$;

create or replace function pg_temp.read_jsonb(value text) returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return value::jsonb;
exception
  when others then
    return null;
end
$$;

-- An id that is no uuid becomes one that is the same wherever the id stands.
create or replace function pg_temp.read_uuid(of_table text, value text) returns uuid
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when value ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then value::uuid
    else md5(of_table || ':' || value)::uuid
  end
$$;

-- Hexadecimal digits.
create or replace function pg_temp.read_bytes(value text) returns bytea
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case when value ~* '^(\\x)?([0-9a-f]{2})*$' then decode(regexp_replace(value, '^\\x', '', 'i'), 'hex') end
$$;

-- 32 bytes, in hexadecimal digits or in base64 of either alphabet.
create or replace function pg_temp.read_hash(value text) returns bytea
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when btrim(value) ~* '^(\\x)?[0-9a-f]{64}$' then pg_temp.read_bytes(btrim(value))
    when btrim(value) ~ '^[A-Za-z0-9+/_-]{42}[AEIMQUYcgkosw048]=?$'
      then decode(translate(rtrim(btrim(value), '='), '-_', '+/') || '=', 'base64')
  end
$$;
