-- Takes away an active user's seat, if there is one, and puts the user into the queue. A user who waits already keeps
-- their place in it. The caller holds `lock_seats()` and then calls `place_waiting()`, which may seat the user
-- at once. A newcomer, who has no seat to free, needs no more than `lock_seats_shared()`.
create function enqueue_for_seat(p_user_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  if exists (select from public.user_hopsworks_assignments where user_id = p_user_id) then
    delete from public.user_hopsworks_assignments where user_id = p_user_id;
  end if;
  update public.users
  set waiting_since = app.now()
  where id = p_user_id and (status = 'active') is true and waiting_since is null;
  if found then
    insert into public.instances as i (user_id, instance_name)
    values (p_user_id, app.instance_name(p_user_id))
    on conflict (user_id) do update set status = 'provisioning', hopsworks_url = null where i.status <> 'deleted';
  end if;
end
$$;
