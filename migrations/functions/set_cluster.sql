-- Keeps the count of a cluster's seats whoever writes it, sets and clears the status `full`, and refuses users on an
-- `inactive` cluster, whoever puts them there.
create or replace function app.set_cluster() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    new.current_users := 0;
  elsif new.current_users <> old.current_users
    and coalesce(pg_catalog.current_setting('app.counts_seats', true), '') <> 'on'
  then
    -- Not by `count_seats`. Written by hand, it is counted again. A trigger that counts too, such as one of the web app,
    -- may run before `count_seats` has counted the same seat, or after: what it writes is not taken.
    new.current_users := case
      when pg_catalog.pg_trigger_depth() > 1 then old.current_users
      else (select count(*)::integer from public.user_hopsworks_assignments a where a.hopsworks_cluster_id = new.id)
    end;
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
