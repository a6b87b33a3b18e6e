-- Counts a cluster's seats again if the count was written by hand, sets and clears the status `full`, and refuses users on
-- an `inactive` cluster, whoever puts them there.
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
  if new.status = 'inactive'
    and new.current_users > 0
    and (old.status <> 'inactive' or new.current_users > old.current_users)
  then
    raise exception using
      errcode = 'AP409',
      message = 'hopsworks_cluster_has_users',
      detail = format('An inactive cluster has no users, and %s would sit on %s.', new.current_users, new.name);
  end if;
  return new;
end
$$;
