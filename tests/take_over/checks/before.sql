-- What the tests keep of a database before and after it is taken over: each row of the eight tables as JSON. It stands
-- in a schema that the web app's owner cannot enter.

create table before.rows (
  taken text not null,
  table_name text not null,
  n bigint not null generated always as identity,
  row jsonb not null
);
-- What was chosen: a row for each flag.
create table before.choices (name text not null, value text not null);
create table before.columns (
  taken text not null,
  table_name text not null,
  name text not null,
  type text not null
);

create function before.tables() returns setof text
language sql
begin atomic
  values ('users'), ('user_credits'), ('hopsworks_clusters'), ('user_hopsworks_assignments'), ('clusters'),
    ('instances'), ('usage_daily'), ('team_invites');
end;

-- The columns whose content may be read in no row.
create function before.secrets() returns text[]
language sql
begin atomic
  select array['api_key', 'hopsworks_api_key', 'token'];
end;

create function before.choice(p_name text) returns text
language sql
stable
as $$ select min(value) from before.choices where name = p_name $$;

-- The status that a row's is: one that was chosen, or one of ours in whatever case. Null for others.
create function before.status(p_row jsonb, p_flag text) returns text
language sql
stable
as $$
  select coalesce(
    (select substr(c.value, char_length(p_row ->> 'status') + 2) from before.choices c
     where c.name = p_flag and starts_with(c.value, (p_row ->> 'status') || '=')),
    (select k from unnest(array['active', 'suspended', 'deleted', 'provisioning', 'stopped', 'failed']) k
     where k = lower(btrim(p_row ->> 'status')))
  )
$$;

create procedure before.keep(p_taken text)
language plpgsql
as $$
declare
  v_table text;
begin
  delete from before.rows where taken = p_taken;
  delete from before.columns where taken = p_taken;
  for v_table in select before.tables() loop
    continue when to_regclass('public.' || v_table) is null;
    execute format('insert into before.rows (taken, table_name, row) select %L, %L, to_jsonb(t) from public.%I t', p_taken, v_table, v_table);
    insert into before.columns
    select p_taken, v_table, a.attname, format_type(a.atttypid, null)
    from pg_attribute a
    where a.attrelid = ('public.' || v_table)::regclass and a.attnum > 0 and not a.attisdropped;
  end loop;
end
$$;

create function before.number(p_value text) returns numeric
language plpgsql
immutable
as $$
begin
  return case when p_value::numeric > -1e12 and p_value::numeric < 1e12 then p_value::numeric end;
exception
  when others then
    return null;
end
$$;

create function before.moment(p_value text) returns timestamptz
language plpgsql
stable
set timezone = 'UTC'
as $$
begin
  return p_value::timestamptz;
exception
  when others then
    return null;
end
$$;

create function before.flag(p_value text) returns boolean
language sql
immutable
as $$
  select case
    when lower(btrim(p_value)) in ('true', 't', 'yes', 'y', 'on', '1') then true
    when lower(btrim(p_value)) in ('false', 'f', 'no', 'n', 'off', '0') then false
  end
$$;

create function before.json(p_value jsonb) returns jsonb
language plpgsql
immutable
as $$
begin
  return case when jsonb_typeof(p_value) = 'string' then (p_value #>> '{}')::jsonb else p_value end;
exception
  when others then
    return p_value;
end
$$;

-- What an id of somebody else's becomes.
create function before.id(p_table text, p_value text) returns text
language sql
immutable
as $$
  select case
    when p_value ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then lower(p_value)
    else md5(p_table || ':' || p_value)::uuid::text
  end
$$;

-- Whether a column has the same value as before: numbers and times by value, ids as they are mapped.
create function before.same(p_old jsonb, p_new jsonb, p_type text, p_table text, p_column text) returns boolean
language sql
stable
as $$
  select case
    when p_old = 'null' or p_new = 'null' then p_old = p_new
    when p_old = p_new then true
    when p_type in ('numeric', 'integer', 'bigint', 'smallint', 'double precision')
      then before.number(p_old #>> '{}') is not distinct from (p_new #>> '{}')::numeric
    when p_type = 'timestamp with time zone'
      then before.moment(p_old #>> '{}') is not distinct from (p_new #>> '{}')::timestamptz
    when p_type = 'date'
      then (before.moment(p_old #>> '{}') at time zone 'UTC')::date is not distinct from (p_new #>> '{}')::date
    when p_type = 'boolean' then before.flag(p_old #>> '{}') is not distinct from (p_new #>> '{}')::boolean
    when p_type = 'jsonb' then before.json(p_old) = p_new
    when p_type = 'uuid'
      then before.id(case when p_column = 'hopsworks_cluster_id' then 'hopsworks_clusters' else p_table end, p_old #>> '{}')
        = p_new #>> '{}'
    else p_old #>> '{}' = p_new #>> '{}'
  end
$$;

create function before.holds_secret(p_row text) returns boolean
language sql
immutable
as $$
  -- As it is, in hexadecimal digits, and in base64 at each of three places.
  select p_row ~ 's3cr3t|733363723374|czNjcjN0|MzY3Izd|zM2NyM3|plain-(token|key|project)'
$$;
