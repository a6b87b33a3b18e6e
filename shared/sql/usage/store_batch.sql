-- Stores a batch of readings that have a payer and a price, and answers each reading's result and each account's change of
-- credits. The caller holds the locks of the terms and of the accounts.
--
-- Readings that depend on each other are stored in the order of their batch: each is compared with what those before it
-- have left. Those that do not depend on each other have the same turn. Of several good ones with one key the first
-- counts; the same again is `unchanged`, and another is refused.
create function store_batch(
  p_readings priced_reading[],
  p_client_id text,
  out results jsonb,
  out changes credit_change[]
)
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
declare
  v_stored record;
  v_waiting integer[];
  v_begins boolean[];
  v_turn priced_reading[];
  v_taken text[] := '{}';
begin
  v_stored := store_readings(p_readings, p_client_id, '{}');
  results := v_stored.results;
  changes := v_stored.changes;
  v_waiting := v_stored.waiting;
  v_begins := v_stored.begins;
  if v_waiting is null then
    return;
  end if;
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
        join unnest(v_waiting, v_begins) as w (index, begins) on w.index = r.index
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
