-- The rows that are changed or go, as they are now, without their secrets.
create temp table archive (table_name text not null, row_id text, before jsonb not null, why text not null) on commit drop;

-- A row as `jsonb`. Where a value of `json` is none of `jsonb`: with the sign that PostgreSQL cannot hold as text, or all
-- of it as text.
create function pg_temp.row_as_jsonb(p_row json) returns jsonb
language plpgsql immutable
as $$
begin
  begin
    return p_row::jsonb;
  exception
    when data_exception then
      return regexp_replace(p_row::text, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\\\u0000', 'g')::jsonb;
  end;
exception
  when data_exception then
    return jsonb_build_object('as_text', p_row::text);
end
$$;

do $$
declare
  v_table text;
  v_columns text;
begin
  for v_table in select distinct t.table_name from troubles t where t.place is not null
  loop
    select string_agg(
      case
        when a.attname in ('api_url', 'hopsworks_url') then format('pg_temp.without_password(o.%1$I::text) as %1$I', a.attname)
        else format('o.%I', a.attname)
      end,
      ', ' order by a.attnum
    ) into v_columns
    from pg_catalog.pg_attribute a
    where a.attrelid = format('public.%I', v_table)::regclass and a.attnum > 0 and not a.attisdropped
      and a.attname not in ('api_key', 'hopsworks_api_key', 'token');
    execute format(
      'insert into archive
       select %1$L, t.row_id, pg_temp.row_as_jsonb((select row_to_json(c) from (select %2$s) c)), t.why
       from (
         select t.place, min(t.row_id) as row_id, string_agg(distinct k.why, ''; '') as why
         from troubles t
         join kinds k on k.code = t.kind
         where t.table_name = %1$L and t.place is not null
         group by t.place
       ) t
       join public.%1$I o on o.ctid = t.place',
      v_table, v_columns
    );
  end loop;
end
$$;
