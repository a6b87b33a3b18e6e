-- Seats users who wait and can be seated, a thousand at most, and answers how many got a seat. Calls that make room
-- seat users at once. This is for room that was made by hand, and for queues that are too long for one call.
create function seat_waiting(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_before bigint;
begin
  perform authorize(args, 'schedule');
  if not exists (select from public.users where waiting_since is not null) then
    return jsonb_build_object('seated', 0);
  end if;
  perform lock_seats();
  -- An owner's seat may have been edited by hand, without this lock, just when a member began to wait. The trigger
  -- `set_waiting` computes the column again.
  update public.users u
  set waiting_cluster_id = default
  where u.waiting_since is not null
    and u.waiting_cluster_id is distinct from (
      select a.hopsworks_cluster_id from public.user_hopsworks_assignments a where a.user_id = u.account_owner_id
    );
  -- Few rows to read, and the trigger `count_seats` keeps them right.
  v_before := (select coalesce(sum(current_users), 0) from public.hopsworks_clusters);
  perform place_waiting();
  return jsonb_build_object(
    'seated', (select coalesce(sum(current_users), 0) - v_before from public.hopsworks_clusters)
  );
end
$$;
