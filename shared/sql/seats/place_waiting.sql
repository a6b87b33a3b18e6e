-- Seats everybody who waits and can be seated, the longest waiting first: an owner on the active cluster with the
-- fewest users, a member on the owner's cluster. Called after room was made, or after a change of who may sit where.
-- The caller holds `lock_seats()`.
--
-- One call seats `p_most` users at most, so that no statement outlives its time-out however long the queue is. The next
-- call goes on where this one stopped, and nobody is seated past those who are left.
create function place_waiting(p_most integer default 1000) returns void
language plpgsql
set search_path from current
as $$
declare
  v_user_id text;
begin
  for v_turn in 1 .. p_most
  loop
    -- The first owner and the first member of each cluster are looked up by index, because most users who wait may wait
    -- for clusters that are full. (After edits by hand a user may sit and still wait, or wait for another cluster than
    -- the owner's. Such a user must not hold up the others.)
    select w.id
    into v_user_id
    from (
      (
        select u.waiting_since, u.id
        from public.users u
        where u.waiting_since is not null
          and u.is_owner
          and (select own.id from public.user_hopsworks_assignments own where own.user_id = u.id) is null
          and exists (select from public.hopsworks_clusters c where c.status = 'active')
        order by u.waiting_since, u.id
        limit 1
      )
      union all
      select m.waiting_since, m.id
      from public.hopsworks_clusters c
      cross join lateral (
        select u.waiting_since, u.id
        from public.users u
        where u.waiting_cluster_id = c.id
          -- Looked up for one user after the other, because a join would read all seats of the cluster.
          and c.id = (
            select owners.hopsworks_cluster_id
            from public.user_hopsworks_assignments owners
            where owners.user_id = u.account_owner_id
          )
          and (select own.id from public.user_hopsworks_assignments own where own.user_id = u.id) is null
        order by u.waiting_since, u.id
        limit 1
      ) m
      where c.status = 'active'
    ) w
    order by w.waiting_since, w.id
    limit 1;
    exit when v_user_id is null;
    perform seat_user(v_user_id);
  end loop;
end
$$;
