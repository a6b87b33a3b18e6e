-- Takes the migrations' empty tables away and gives the web app's schema its name back. Tables that the web app has not
-- are the migrations' own. What of the web app's has the name of one of our indexes gets another one.

do $$
declare
  v_taken record;
  v_drop text;
begin
  for v_taken in
    select c.oid::regclass as id, c.relkind as kind, c.relname as name
    from pg_class c
    where c.relnamespace = 'web_app_public'::regnamespace
      and c.relname in (
        select i.name from ours_indexes i where i.schema = 'public'
        union all
        select k.name from ours_constraints k where k.is_public and k.type in ('p', 'u', 'x')
      )
      and not exists (
        select from pg_index i
        join pg_class t on t.oid = i.indrelid and t.relnamespace = 'web_app_public'::regnamespace
        join ours_tables o on o.is_public and o.name = t.relname
        where i.indexrelid = c.oid
      )
  loop
    execute format(
      'alter %s %s rename to %I',
      case v_taken.kind
        when 'i' then 'index' when 'I' then 'index' when 'S' then 'sequence' when 'v' then 'view'
        when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table'
      end,
      v_taken.id,
      left(v_taken.name, 55) || '_web_app'
    );
  end loop;

  for v_drop in
    select format('alter table %s drop constraint %I', k.place, k.name)
    from ours_constraints k
    where k.type = 'f'
  loop
    execute v_drop;
  end loop;
  for v_drop in
    select format(case when t.is_theirs then 'drop table %s' else 'alter table %s set schema web_app_public' end, t.place)
    from ours_tables t
    where t.is_public
  loop
    execute v_drop;
  end loop;
end
$$;

drop schema public;
alter schema web_app_public rename to public;

do $$
declare
  v_grant text;
begin
  for v_grant in select format('grant %s on schema public to %s', r.privilege, r.grantee) from ours_schema_rights r
  loop
    execute v_grant;
  end loop;
end
$$;

-- From here on an id is that of the table that stays.
update ours_tables set id = to_regclass(place);
