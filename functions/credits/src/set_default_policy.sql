-- Sets the policy of accounts that say nothing else. Those that are there go by it from the next daily work on
-- (`review_accounts`), because they may be many.
create function set_default_policy(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_policy jsonb := args #> '{input,policy}';
  v_before jsonb := describe_default_policy();
  v_after jsonb;
begin
  if is_audited(args, 'credits.default_policy', 'default') then
    -- A repeated call finds its change made, whatever has been decided since.
    return v_before;
  end if;
  insert into app.default_credit_policy (warn_below, overdraft, grace_days, projects_when_exhausted)
  values (
    (v_policy ->> 'warn_below')::numeric,
    (v_policy ->> 'overdraft')::numeric,
    (v_policy ->> 'grace_days')::integer,
    (v_policy ->> 'projects_when_exhausted')::integer
  )
  on conflict (id) do update
  set warn_below = excluded.warn_below,
      overdraft = excluded.overdraft,
      grace_days = excluded.grace_days,
      projects_when_exhausted = excluded.projects_when_exhausted;
  v_after := describe_default_policy();
  if v_after <> v_before then
    perform write_audit(args, 'credits.default_policy', 'default', v_before, v_after);
  end if;
  return v_after;
end
$$;
