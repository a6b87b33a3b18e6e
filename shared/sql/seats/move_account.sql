-- Seats an account owner and the whole team on one cluster, or refuses and moves nobody. A team is the owner and every
-- member who has a seat or waits for one. The caller holds `lock_seats()` and then calls `place_waiting()` for
-- the seats that became free.
create function move_account(p_user_id text, p_cluster_id uuid) returns void
language plpgsql
set search_path from current
as $$
declare
  v_owner_id text := (select account_owner_id from public.users where id = p_user_id);
  v_cluster public.hopsworks_clusters;
  v_team text[];
  v_needed bigint;
begin
  select * into v_cluster from public.hopsworks_clusters where id = p_cluster_id for no key update;
  perform require_hopsworks_cluster(p_cluster_id);
  if exists (
    select from public.user_hopsworks_assignments where user_id = p_user_id and hopsworks_cluster_id = p_cluster_id
  ) then
    return;
  end if;
  if v_owner_id is not null and not exists (
    select from public.user_hopsworks_assignments where user_id = v_owner_id and hopsworks_cluster_id = p_cluster_id
  ) then
    raise exception using
      errcode = 'AP409',
      message = 'member_follows_owner',
      detail = 'A member sits where the owner sits. Move the owner, and the team moves along.';
  end if;
  if v_cluster.status in ('maintenance', 'inactive') then
    raise exception using
      errcode = 'AP409',
      message = 'hopsworks_cluster_unavailable',
      detail = format('The status of this cluster is %s: it takes nobody. Name another, or make it active.', v_cluster.status);
  end if;

  select array_agg(u.id order by u.id), count(*)
  into v_team, v_needed
  from (
    select id, true as is_meant from public.users where id = p_user_id
    union all
    select id, waiting_since is not null from public.users where account_owner_id = p_user_id
  ) u
  left join lateral (select * from public.user_hopsworks_assignments where user_id = u.id limit 1) a on true
  where (u.is_meant or a.id is not null) and a.hopsworks_cluster_id is distinct from p_cluster_id;
  if v_cluster.max_users - v_cluster.current_users < v_needed then
    raise exception using
      errcode = 'AP409',
      message = 'no_free_seat',
      detail = format(
        'This cluster has %s free seats, and %s are needed. Choose another, or raise its max_users.',
        v_cluster.max_users - v_cluster.current_users,
        v_needed
      );
  end if;
  perform from public.users where id = any (v_team) order by id for no key update;
  insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id)
  select member.id, p_cluster_id
  from unnest(v_team) as member (id)
  on conflict (user_id) do update
  set hopsworks_cluster_id = excluded.hopsworks_cluster_id, assigned_at = app.now();
end
$$;
