-- The policy that an account has: what its own says, else what the default says, else what stands here. The columns of
-- `public.user_credits` have the same defaults.
create or replace function app.policy_in_force(
  p_account_owner_id text,
  out warn_below numeric,
  out overdraft numeric,
  out grace_days integer,
  out projects_when_exhausted integer,
  out monthly_cap numeric
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  select
    coalesce(p.warn_below, d.warn_below, 10.00),
    coalesce(p.overdraft, d.overdraft, 0.00),
    coalesce(p.grace_days, d.grace_days, 14),
    coalesce(p.projects_when_exhausted, d.projects_when_exhausted),
    p.monthly_cap
  into strict warn_below, overdraft, grace_days, projects_when_exhausted, monthly_cap
  from (values (true)) v (is_there)
  left join lateral (select * from app.default_credit_policy t where t.id order by t.id limit 1) d on true
  left join lateral (
    select *
    from app.credit_policies t
    where t.account_owner_id between p_account_owner_id and p_account_owner_id
    order by t.account_owner_id
    limit 1
  ) p on true;
end
$$;
