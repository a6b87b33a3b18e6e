-- A waiting user's place in the queue: an owner's among those who wait for any seat, a member's among those who wait for
-- one on the same cluster. 100 is that or later: nobody counts a long queue at each login. None for who does not wait, and for
-- a member whose owner has no seat.
create function describe_queue_place(p_user public.users) returns integer
language plpgsql stable
set search_path from current
-- In the order of the index, and so no further than to the limit, whatever the tables held when this was planned.
set enable_bitmapscan = off
set enable_sort = off
as $$
begin
  if p_user.waiting_since is null or p_user.account_owner_id is not null and p_user.waiting_cluster_id is null then
    return null;
  end if;
  if p_user.waiting_cluster_id is null then
    return (
      select 1 + count(*)::integer
      from (
        select
        from public.users w
        where w.is_owner and w.waiting_since is not null and (w.waiting_since, w.id) < (p_user.waiting_since, p_user.id)
        order by w.waiting_since, w.id
        limit 99
      ) ahead
    );
  end if;
  return (
    select 1 + count(*)::integer
    from (
      select
      from public.users w
      where w.waiting_cluster_id = p_user.waiting_cluster_id
        and (w.waiting_since, w.id) < (p_user.waiting_since, p_user.id)
      order by w.waiting_since, w.id
      limit 99
    ) ahead
  );
end
$$;
