-- Counts a cluster's seats again if the count was written by hand, and sets and clears the status `full`.
create or replace function app.set_cluster() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    new.current_users := 0;
  elsif new.current_users <> old.current_users and pg_catalog.pg_trigger_depth() = 1 then
    -- Set by hand and not by `count_seats`: count again.
    new.current_users := (
      select count(*)::integer from public.user_hopsworks_assignments a where a.hopsworks_cluster_id = new.id
    );
  end if;
  if new.status in ('active', 'full') then
    new.status := case when new.current_users >= new.max_users then 'full' else 'active' end;
  end if;
  return new;
end
$$;
