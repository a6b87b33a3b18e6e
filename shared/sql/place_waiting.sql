-- Places everyone who waits and can be placed, the longest waiting first: an owner on the active
-- cluster with the fewest users, a member beside her owner. Called by whatever makes room or changes
-- who may sit where; the caller holds `app.lock_seats()`.
--
-- One call places a thousand at most, so that no statement outlives its time-out however long the queue
-- is; the next call goes on.
create or replace function app.place_waiting() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_user_id text;
begin
  for v_turn in 1 .. 1000
  loop
    -- The first of the owners and the first of each cluster's members, each by its index: most of those who wait
    -- may wait for clusters that are full. (Edits by hand may leave somebody who sits and waits, or whose owner
    -- sits elsewhere: she must not hold up the others.)
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
          -- Asked of one user after the other: a join would read all seats of the cluster.
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
    perform app.place_user(v_user_id);
  end loop;
end
$$;
