-- Triggers of theirs whose names ours have.
do $$
declare
  v_rename text;
begin
  for v_rename in
    select format('alter trigger %I on %s rename to %I', g.tgname, t.place, left(g.tgname, 55) || '_web_app')
    from ours_tables t
    join pg_trigger g on g.tgrelid = t.id and not g.tgisinternal
    where t.is_theirs and g.tgname in (select o.name from ours_triggers o where o.place = t.place)
  loop
    execute v_rename;
  end loop;
end
$$;
