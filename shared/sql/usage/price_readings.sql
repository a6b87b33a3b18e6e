-- Answers for each reading why it is refused, or who pays for it and at which price. A day that has usage keeps its
-- payer and price. A new day gets them from the history of memberships and from the rates. Readings of `p_foreign`
-- sources are refused, which belong to other clients.
--
-- A day that was taken over keeps its payer too. What it had been charged is in it already, so windows that begin before
-- that moment are refused; what comes later on such a day gets the price of the day.
--
-- A deleted user's usage is billed up to the deletion, whenever it is reported: a window counts if it began before. Of one
-- who was reopened, windows that began in between do not count.
create function price_readings(p_readings jsonb, p_foreign text[]) returns priced_reading[]
language plpgsql stable
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
begin
  return (
    with given as materialized (
      select
        r.index,
        r.source,
        r.user_id,
        coalesce(r.project, '') as project,
        r.window_start,
        r.window_end,
        r.cpu_hours,
        r.gpu_hours,
        r.storage_gb,
        (r.window_start at time zone 'UTC')::date as date
      from jsonb_to_recordset(p_readings) as r (
        index integer,
        source text collate "C",
        user_id text collate "C",
        project text collate "C",
        window_start timestamptz,
        window_end timestamptz,
        cpu_hours numeric,
        gpu_hours numeric,
        storage_gb numeric
      )
    ),
    judged as (
      select
        g.*,
        coalesce(d.account_owner_id, m.account_owner_id, u.account_owner_id, u.id) as account_owner_id,
        coalesce(d.rate_effective_on, p.effective_on) as rate_effective_on,
        coalesce(d.cpu_hour_usd, p.cpu_hour_usd) as cpu_hour_usd,
        coalesce(d.gpu_hour_usd, p.gpu_hour_usd) as gpu_hour_usd,
        coalesce(d.storage_gb_month_usd, p.storage_gb_month_usd) as storage_gb_month_usd,
        case
          when u.id is null then 'user_unknown'
          when g.window_start >= u.deleted_at or g.window_start <@ u.closed_spans then 'user_deleted'
          -- A meter's clock may be a little ahead, but the window must have begun by ours.
          when g.window_start > app.now() or g.window_end > app.now() + interval '5 minutes' then 'window_in_future'
          when g.window_end < app.now() - interval '35 days' then 'window_too_old'
          -- The month may have been detached. The present one is not looked up, because it is always attached.
          when g.window_start < date_trunc('month', app.now() at time zone 'UTC') at time zone 'UTC'
            and g.window_start < (select app.readings_kept_since()) then 'window_too_old'
          when g.window_start < d.charged_until then 'day_taken_over'
          when coalesce(d.rate_effective_on, p.effective_on) is null then 'rate_missing'
          when g.source = any (p_foreign) then 'source_of_another_client'
        end as rejection
      from given g
      -- At most one row each, by its key (see "Rules for SQL").
      left join lateral (select * from public.users where id between g.user_id and g.user_id order by id limit 1) u on true
      left join lateral (
        select * from public.usage_daily where user_id = g.user_id and date between g.date and g.date order by date limit 1
      ) d on true
      left join lateral (
        select h.account_owner_id
        from app.account_memberships h
        where d.user_id is null and h.user_id = g.user_id and h.effective_on <= g.date
        order by h.effective_on desc
        limit 1
      ) m on true
      left join lateral (
        select t.*
        from app.usage_rates t
        where d.rate_effective_on is null and t.effective_on <= g.date
        order by t.effective_on desc
        limit 1
      ) p on true
    )
    select array_agg(
      row(
        j.index,
        j.rejection,
        j.source,
        j.user_id,
        j.project,
        j.window_start,
        j.window_end,
        j.cpu_hours,
        j.gpu_hours,
        j.storage_gb,
        j.date,
        j.account_owner_id,
        j.rate_effective_on,
        j.cpu_hour_usd,
        j.gpu_hour_usd,
        j.storage_gb_month_usd
      )::priced_reading
    )
    from judged j
  );
end
$$;
