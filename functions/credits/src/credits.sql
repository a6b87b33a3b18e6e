-- Credits as their owner sees them. `low` means less than a week at the present pace.
--
-- The pace is the average of the last seven days, or of the days since the account began to pay: when its owner was made
-- or left a team, or by the first of these days that has usage.
create function describe_credits(p_account_owner_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select jsonb_build_object(
      'user_id', u.id,
      'status', case
        when coalesce(c.balance, 0) <= 0 then 'exhausted'
        when l.days < 7 then 'low'
        else 'ok'
      end,
      'total_adjusted', coalesce(c.total_adjusted, 0.00)::text,
      'days_left', l.days
    ) || describe_totals(c)
    from public.users u
    left join public.user_credits c on c.user_id = u.id
    cross join lateral (
      select sum(d.scaled_cost_usd) as scaled_cost_usd, min(d.date) as first_day
      from public.usage_daily d
      -- As pairs, which no index but that of the account can look up.
      where d.account_owner_id = u.id
        and (d.account_owner_id, d.date) >= (u.id, (app.now() at time zone 'UTC')::date - 6)
        and (d.account_owner_id, d.date) <= (u.id, (app.now() at time zone 'UTC')::date)
    ) week
    cross join lateral (
      select greatest((u.created_at at time zone 'UTC')::date, max(h.effective_on)) as first_day
      from app.account_memberships h
      where h.user_id = u.id
    ) account
    cross join lateral (
      select least((app.now() at time zone 'UTC')::date + 1 - greatest(least(account.first_day, week.first_day, (app.now() at time zone 'UTC')::date), (app.now() at time zone 'UTC')::date - 6), 7) as days
    ) pace
    cross join lateral (
      -- At most a hundred years.
      select case
        when week.scaled_cost_usd > 0 then least(
          div(greatest(coalesce(c.balance, 0), 0) * pace.days * app.billing_month_seconds(), week.scaled_cost_usd), 36500
        )::integer
      end as days
    ) l
    where u.id = p_account_owner_id
  );
end
$$;
