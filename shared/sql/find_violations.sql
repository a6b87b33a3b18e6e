-- Finds at most `p_limit` violations of the invariants, by id, after `p_after` (an object of id, kind and detail, or
-- null), and answers where to go on.
--
-- It looks at slices of `p_users` users, or ten clusters, until enough is found or `p_enough_ms` are over. So no call
-- outlives its time-out however many users there are, and an empty page need not be the last. Each slice is planned for
-- its own bounds, which takes as long as looking at a hundred users.
create function find_violations(p_after jsonb, p_limit integer, p_users integer, p_enough_ms integer) returns json
language plpgsql stable
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
  -- A stopwatch: `app.now()` stands still during a call.
  v_enough_at timestamptz := clock_timestamp() + p_enough_ms * interval '1 ms';
  v_after_id text := coalesce(p_after ->> 'id', '');
  v_after_kind text := coalesce(p_after ->> 'kind', '');
  v_after_detail text := coalesce(p_after ->> 'detail', '');
  v_from text := v_after_id;
  v_to text;
  v_found json[] := '{}';
begin
  loop
    -- At most ten clusters, because all seats of a cluster are counted.
    v_to := least(
      (select u.id from public.users u where u.id > v_from order by u.id offset p_users - 1 limit 1),
      (
        select c.id::text collate "C"
        from public.hopsworks_clusters c
        where c.id::text collate "C" > v_from
        order by c.id
        offset 9
        limit 1
      )
    );
    v_found := v_found || array(
      select json_build_object('id', v.id, 'kind', v.kind, 'detail', v.detail)
      from app.invariant_violations v
      where v.id >= v_from
        and (v_to is null or v.id < v_to)
        and (v.id <> v_after_id or (v.kind, v.detail) > (v_after_kind, v_after_detail))
      order by v.id, v.kind, v.detail
      limit p_limit + 1 - cardinality(v_found)
    );
    exit when v_to is null or cardinality(v_found) > p_limit or clock_timestamp() > v_enough_at;
    v_from := v_to;
  end loop;
  if v_to is null or cardinality(v_found) > p_limit then
    return page(p_limit, v_found, array['id', 'kind', 'detail']);
  end if;
  return json_build_object(
    'items', to_json(v_found),
    'next', json_build_object('id', v_to, 'kind', '', 'detail', '')
  );
end
$$;
