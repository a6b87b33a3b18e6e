-- What the balance of an account has made of it, by the policy in force. A month in which nothing has been posted yet has
-- cost nothing. Users who were added by hand have no row yet: their state is good.
create function describe_credit_state(p_account_owner_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select jsonb_build_object(
      'state', coalesce(c.state, 'good'),
      'state_since', coalesce(c.state_since, u.created_at),
      'grace_days_left', case c.state
        -- Begun days count.
        when 'exhausted' then greatest(ceil(extract(epoch from grace.ends_at - app.now()) / 86400), 0)::integer
        when 'overdue' then 0
      end,
      'month_cost', app.round_cost(case when month.is_present then c.month_scaled_cost_usd else 0 end)::text,
      'cap_level', case when month.is_present then c.cap_level else 0 end,
      'policy', describe_policy_in_force(u.id)
    )
    from public.users u
    left join lateral (
      select * from public.user_credits where user_id between u.id and u.id order by user_id limit 1
    ) c on true
    cross join lateral (select c.exhausted_at + c.grace_days * interval '24 hours' as ends_at) grace
    cross join lateral (
      select coalesce(c.month >= date_trunc('month', app.now() at time zone 'UTC')::date, false) as is_present
    ) month
    where u.id between p_account_owner_id and p_account_owner_id
    order by u.id
    limit 1
  );
end
$$;
