-- Has the credits of accounts go by the policy that is in force by now, as what an administrator changes for everybody
-- gets to each account so; and has suspensions for money follow states that others changed without them: an older
-- release, a revision of usage, a member who leaves a team with debts of their own.
--
-- It looks at two thousand accounts after `after`, and answers how many were changed (200 at most, because sign-ups wait
-- meanwhile), how many suspensions began or ended (fifty at most), and where to go on.
create function review_accounts(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_after text := coalesce(args #>> '{input,after}', '');
  v_looked_at text[];
  v_changed text[];
  v_touched text[];
  v_settled integer := 0;
begin
  perform authorize(args, 'schedule');
  v_looked_at := array(
    select c.user_id
    from public.user_credits c
    where c.user_id > v_after
    order by c.user_id
    limit 2000
  );
  v_changed := array(
    select c.user_id
    from public.user_credits c
    cross join lateral app.policy_in_force(c.user_id) p
    where c.user_id = any (v_looked_at)
      and (c.warn_below, c.overdraft, c.grace_days, c.projects_when_exhausted, c.monthly_cap)
        is distinct from (p.warn_below, p.overdraft, p.grace_days, p.projects_when_exhausted, p.monthly_cap)
    order by c.user_id
    limit 200
  );
  v_touched := v_changed || find_unsettled_suspensions(v_looked_at);
  if v_touched <> '{}' then
    -- A policy may end a suspension.
    perform lock_seats();
    perform lock_accounts(array(select distinct t.id from unnest(v_touched) t (id)));
    update public.user_credits c
    set (warn_below, overdraft, grace_days, projects_when_exhausted, monthly_cap) = (
      select p.warn_below, p.overdraft, p.grace_days, p.projects_when_exhausted, p.monthly_cap
      from app.policy_in_force(c.user_id) p
    )
    where c.user_id = any (v_changed);
    v_settled := settle_suspensions(v_touched, 50);
  end if;
  return jsonb_build_object(
    'changed', cardinality(v_changed),
    'settled', v_settled,
    -- Those who are left of these are next.
    'next', case when v_settled = 50 or cardinality(v_changed) = 200 then v_after else v_looked_at[2000] end
  );
end
$$;
