-- Sets the policy of an account, as a whole: what is null is as the default says. An owner sets when they are warned and
-- what a month may cost; how far and how long they may go without paying is an administrator's to say. The account's state
-- follows at once, by triggers, and so does the end of a suspension.
create function set_policy(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_account_owner_id text := require_account(v_caller, args #>> '{input,user_id}');
  v_policy jsonb := args #> '{input,policy}';
  v_before jsonb;
  v_after jsonb;
begin
  perform lock_account_to_credit(v_account_owner_id);
  v_before := describe_policy(v_account_owner_id);
  if v_caller.is_admin and is_audited(args, 'credits.policy', v_account_owner_id) then
    -- A repeated call finds its change made, whatever has been decided since.
    return v_before;
  end if;
  if not v_caller.is_admin then
    v_policy := as_owner_may(v_policy, v_before);
  end if;
  perform write_policy(v_account_owner_id, v_policy);
  perform end_suspension_for_money(v_account_owner_id);
  v_after := describe_policy(v_account_owner_id);
  if v_caller.is_admin and v_after <> v_before then
    perform write_audit(args, 'credits.policy', v_account_owner_id, v_before, v_after);
  end if;
  return v_after;
end
$$;

-- The policy that an owner asks for, with what an administrator has set. Sending that too, as it was answered, is no
-- attempt to change it.
create function as_owner_may(p_policy jsonb, p_before jsonb) returns jsonb
language plpgsql immutable
set search_path from current
as $$
declare
  c_of_administrators constant text[] := array['overdraft', 'grace_days', 'projects_when_exhausted'];
  v_field text;
begin
  select f.field
  into v_field
  from unnest(c_of_administrators) f (field)
  where p_policy -> f.field not in ('null', p_before -> 'own' -> f.field, p_before -> 'in_force' -> f.field)
  limit 1;
  if found then
    raise exception using
      errcode = 'AP403',
      message = 'policy_field_admin_only',
      detail = format('%s: an administrator sets this. Leave it out, or ask one.', v_field);
  end if;
  return p_policy || (
    select jsonb_object_agg(f.field, p_before -> 'own' -> f.field) from unnest(c_of_administrators) f (field)
  );
end
$$;

-- The caller holds the account's lock.
create function write_policy(p_account_owner_id text, p_policy jsonb) returns void
language plpgsql
set search_path from current
as $$
begin
  if jsonb_strip_nulls(p_policy) = '{}' then
    delete from app.credit_policies where account_owner_id = p_account_owner_id;
    return;
  end if;
  insert into app.credit_policies as p (
    account_owner_id, warn_below, overdraft, grace_days, projects_when_exhausted, monthly_cap
  )
  values (
    p_account_owner_id,
    (p_policy ->> 'warn_below')::numeric,
    (p_policy ->> 'overdraft')::numeric,
    (p_policy ->> 'grace_days')::integer,
    (p_policy ->> 'projects_when_exhausted')::integer,
    (p_policy ->> 'monthly_cap')::numeric
  )
  on conflict (account_owner_id) do update
  set warn_below = excluded.warn_below,
      overdraft = excluded.overdraft,
      grace_days = excluded.grace_days,
      projects_when_exhausted = excluded.projects_when_exhausted,
      monthly_cap = excluded.monthly_cap
  where (p.warn_below, p.overdraft, p.grace_days, p.projects_when_exhausted, p.monthly_cap) is distinct from
    (excluded.warn_below, excluded.overdraft, excluded.grace_days, excluded.projects_when_exhausted, excluded.monthly_cap);
end
$$;
