-- Credits as their owner sees them. `low` means less than a week at the present pace.
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
      select sum(d.scaled_cost_usd) as scaled_cost_usd
      from public.usage_daily d
      where d.account_owner_id = u.id
        and d.date between (app.now() at time zone 'UTC')::date - 6 and (app.now() at time zone 'UTC')::date
    ) week
    cross join lateral (
      -- At most a hundred years.
      select case
        when week.scaled_cost_usd > 0 then least(
          div(greatest(coalesce(c.balance, 0), 0) * 7 * app.billing_month_seconds(), week.scaled_cost_usd), 36500
        )::integer
      end as days
    ) l
    where u.id = p_account_owner_id
  );
end
$$;
