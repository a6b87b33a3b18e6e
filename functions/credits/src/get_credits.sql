-- An account's credits: the balance, what was bought and used, and how long it lasts at the pace of the last
-- seven days (UTC, today included).
create or replace function app.get_credits(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller public.users := app.authorize(args);
  v_account_owner_id text := app.require_account(v_caller, args #>> '{input,user_id}');
begin
  return app.describe_credits(v_account_owner_id);
end
$$;

-- Credits as their owner sees them. `low` is less than a week at the present pace.
create or replace function app.describe_credits(p_account_owner_id text) returns jsonb
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'user_id', u.id,
    'status', case
      when c.balance <= 0 then 'exhausted'
      when l.days < 7 then 'low'
      else 'ok'
    end,
    'balance', c.balance::text,
    'total_purchased', c.total_purchased::text,
    'total_adjusted', c.total_adjusted::text,
    'total_used', c.total_used::text,
    'cpu_hours_used', trim_scale(c.cpu_hours_used)::text,
    'gpu_hours_used', trim_scale(c.gpu_hours_used)::text,
    'storage_gb_months', trim_scale(c.storage_gb_months)::text,
    'days_left', l.days
  )
  from public.users u
  cross join lateral (
    select
      coalesce(uc.balance, 0.00) as balance,
      coalesce(uc.total_purchased, 0.00) as total_purchased,
      coalesce(uc.total_adjusted, 0.00) as total_adjusted,
      coalesce(uc.total_used, 0.00) as total_used,
      coalesce(uc.cpu_hours_used, 0) as cpu_hours_used,
      coalesce(uc.gpu_hours_used, 0) as gpu_hours_used,
      coalesce(uc.storage_gb_months, 0) as storage_gb_months
    from (select) one
    left join public.user_credits uc on uc.user_id = u.id
  ) c
  cross join lateral (
    select sum(d.cost_usd_x2592000) as cost_usd_x2592000
    from public.usage_daily d
    where d.account_owner_id = u.id
      and d.date between (app.now() at time zone 'UTC')::date - 6 and (app.now() at time zone 'UTC')::date
  ) week
  cross join lateral (
    -- A hundred years are told at most.
    select case
      when week.cost_usd_x2592000 > 0 then
        least(div(greatest(c.balance, 0) * 7 * 2592000, week.cost_usd_x2592000), 36500)::integer
    end as days
  ) l
  where u.id = p_account_owner_id
$$;
