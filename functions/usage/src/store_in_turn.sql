-- Stores readings that depend on each other in the order of their batch: each is compared with what those before it have
-- left. Those that do not depend on each other have the same turn. Of several good ones with one key the first counts;
-- the same again is `unchanged`, and another is refused. Results and changes are added to those of the others.
-- `p_begins`: of each that waits, whether it begins when those before it have ended.
create function store_in_turn(
  p_readings priced_reading[],
  p_client_id text,
  p_waiting integer[],
  p_begins boolean[],
  inout results jsonb,
  inout changes credit_change[]
)
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
declare
  v_turn priced_reading[];
  v_stored record;
  v_taken text[] := '{}';
begin
  for v_turn in
    select array_agg(t.reading)
    from (
      select
        c.reading,
        row_number() over (partition by c.user_id, c.source, c.project, c.cluster order by c.index) as turn
      from (
        -- Those that depend on each other, and on no others, are a cluster.
        select
          r as reading,
          r.*,
          count(*) filter (where w.begins) over (
            partition by r.user_id, r.source, r.project order by r.window_start, r.index
          ) as cluster
        from unnest(p_readings) r
        join unnest(p_waiting, p_begins) as w (index, begins) on w.index = r.index
      ) c
    ) t
    group by t.turn
    order by t.turn
  loop
    v_stored := store_readings(v_turn, p_client_id, v_taken);
    results := results || v_stored.results;
    changes := changes || v_stored.changes;
    v_taken := v_taken || array(
      select reading_key(r.source, r.user_id, r.project, r.window_start)
      from unnest(v_turn) r
      join jsonb_array_elements(v_stored.results) as s (result) on (s.result ->> 'index')::integer = r.index
      where s.result ->> 'result' <> 'rejected'
    );
  end loop;
  changes := add_up(changes, p_client_id);
end
$$;

-- What makes a reading the same as another one.
create function reading_key(p_source text, p_user_id text, p_project text, p_window_start timestamptz) returns text
language plpgsql stable
set search_path from current
as $$
begin
  return row(p_source, p_user_id, p_project, p_window_start)::text;
end
$$;

-- Changes of credits by usage, with one for each account.
create function add_up(p_changes credit_change[], p_actor text) returns credit_change[]
language plpgsql immutable
set search_path from current
as $$
begin
  return (
    select array_agg(
      row(
        a.account_owner_id, 'usage', null, a.cpu_hours, a.gpu_hours, a.storage_gb_seconds, a.scaled_cost_usd,
        case when a.first_day = a.last_day then a.first_day else a.first_day || '/' || a.last_day end,
        null, null, null, null, p_actor, a.month_scaled_cost_usd
      )::credit_change
    )
    from (
      select
        c.account_owner_id,
        sum(c.cpu_hours) as cpu_hours,
        sum(c.gpu_hours) as gpu_hours,
        sum(c.storage_gb_seconds) as storage_gb_seconds,
        sum(c.scaled_cost_usd) as scaled_cost_usd,
        sum(c.month_scaled_cost_usd) as month_scaled_cost_usd,
        min(split_part(c.reference, '/', 1)) as first_day,
        max(split_part(c.reference, '/', -1)) as last_day
      from unnest(p_changes) c
      group by c.account_owner_id
    ) a
  );
end
$$;
