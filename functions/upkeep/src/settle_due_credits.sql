-- Changes what time alone has changed of accounts, the longest due first, fifty at most, and answers how many were
-- due: a grace period that is over, which suspends the owner and the team, and a month for which a level of the cap had
-- been reached. What else follows is computed by triggers.
create function settle_due_credits(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_month date := date_trunc('month', app.now() at time zone 'UTC')::date;
  v_due text[];
begin
  perform authorize(args, 'schedule');
  v_due := array(
    select c.user_id from public.user_credits c where c.due_at <= app.now() order by c.due_at limit 50
  );
  if v_due = '{}' then
    return jsonb_build_object('settled', 0);
  end if;
  perform lock_seats();
  perform lock_accounts(v_due);
  update public.user_credits c
  set -- Kept from being so by a trigger, if the grace period is not over.
      state = case when c.state = 'exhausted' then 'overdue' else c.state end,
      month = greatest(c.month, v_month),
      month_scaled_cost_usd = case
        when c.month < v_month then app.cost_of_month(c.user_id, v_month)
        else c.month_scaled_cost_usd
      end,
      updated_at = app.now()
  where c.user_id = any (v_due) and c.due_at <= app.now();
  perform settle_suspensions(v_due);
  return jsonb_build_object('settled', cardinality(v_due));
end
$$;
