-- What was set aside comes back, what others depend on first; and triggers of theirs work again, but for those that would
-- write what ours decide.

-- To its owner, who must be allowed to make something there at that moment.
create or replace function pg_temp.give(kind text, place text, schema text, owner oid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_may boolean := has_schema_privilege(owner, schema, 'create');
begin
  if owner = (select r.oid from pg_roles r where r.rolname = current_user) then
    return;
  end if;
  if not v_may then
    execute format('grant create on schema %I to %s', schema, owner::regrole);
  end if;
  execute format('alter %s %s owner to %s', kind, place, owner::regrole);
  if not v_may then
    execute format('revoke create on schema %I from %s', schema, owner::regrole);
  end if;
end
$$;

-- Exactly these rights: what is made anew also has those that are given by default.
create or replace function pg_temp.set_rights(kind text, place text, rights aclitem[], owner oid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_is_routine boolean := kind = 'routine';
  v_default aclitem[] := acldefault(case when kind = 'routine' then 'f' else 'r' end::"char", owner);
  v_now aclitem[];
  v_right record;
begin
  if v_is_routine then
    select p.proacl into v_now from pg_proc p where p.oid = place::regprocedure;
  else
    select c.relacl into v_now from pg_class c where c.oid = place::regclass;
  end if;
  for v_right in select distinct x.grantee from aclexplode(coalesce(v_now, v_default)) x
  loop
    execute format(
      'revoke all on %s %s from %s', kind, place,
      case when v_right.grantee = 0 then 'public' else v_right.grantee::regrole::text end
    );
  end loop;
  for v_right in select x.* from aclexplode(coalesce(rights, v_default)) x
  loop
    execute format(
      'grant %s on %s %s to %s%s', v_right.privilege_type, kind, place,
      case when v_right.grantee = 0 then 'public' else v_right.grantee::regrole::text end,
      case when v_right.is_grantable then ' with grant option' else '' end
    );
  end loop;
end
$$;

do $$
declare
  v_made record;
  v_statement text;
begin
  for v_made in select * from theirs_aside a where a.make is not null order by a.depth, a.class, a.id
  loop
    begin
      perform pg_temp.make(v_made.make);
    exception
      when others then
        raise exception using
          errcode = sqlstate,
          message = format(
            'the %s %s cannot be made again over the new types (%s): drop it first, and make it anew afterwards',
            v_made.kind, v_made.place, sqlerrm
          );
    end;
  end loop;

  for v_statement in
    select format(
      'alter table %s %s trigger %I', g.place,
      case
        when g.writes or g.state = 'D' then 'disable' when g.state = 'R' then 'enable replica'
        when g.state = 'A' then 'enable always' else 'enable'
      end,
      t.tgname
    )
    from theirs_triggers g
    join pg_trigger t on t.tgrelid = g.place::regclass and t.tgname = g.name
    join pg_class c on c.oid = t.tgrelid and c.relkind <> 'v'
    where g.is_on_ours or g.writes and g.is_within_reach
  loop
    execute v_statement;
  end loop;

  -- Our functions write as another role and with another path than the web app does. So that a trigger of theirs does then
  -- what it has always done, it runs with its owner's rights, and finds the names that it says.
  for v_statement in
    select distinct format(
      'alter function %1$s security definer%2$s; revoke execute on function %1$s from public, anon, authenticated',
      p.oid::regprocedure,
      case when p.proconfig::text !~ 'search_path=' is not false then
        ' set search_path = ' || concat_ws(', ', 'public', case when to_regnamespace('extensions') is not null then 'extensions' end, 'pg_temp')
      end
    )
    from theirs_triggers g
    join pg_trigger t on t.tgrelid = g.place::regclass and t.tgname = g.name
    join pg_proc p on p.oid = t.tgfoid
    join pg_language l on l.oid = p.prolang and l.lanname in ('plpgsql', 'sql')
    where g.is_on_ours and not g.writes and pg_has_role(p.proowner, 'usage')
      -- What asks who calls must not be told that it is always the owner.
      and p.prosrc !~* '(current_user|session_user|current_role|auth\.(uid|role|jwt))'
      and not exists (
        select from pg_depend d
        where (d.classid, d.objid, d.deptype) = ('pg_proc'::regclass, p.oid, 'e')
      )
  loop
    execute v_statement;
  end loop;
end
$$;
