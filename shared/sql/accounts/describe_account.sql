-- How far an account on a Hopsworks cluster is, which is not stored:
--
--   off       made by hand
--   ready     as it should be
--   pending   to be made so
--   failing   tried in vain, and tried again by itself
--   stuck     waits for a person, as its code says
create function account_state(
  p_account app.hopsworks_accounts,
  p_cluster app.hopsworks_provisioning,
  p_has_key boolean
) returns text
language plpgsql immutable
set search_path from current
as $$
begin
  return case
    when p_account.user_id is null or p_cluster.provisions is not true or not p_has_key then 'off'
    when p_account.done_revision = p_account.revision then 'ready'
    when p_account.stuck_since is not null then 'stuck'
    when p_account.attempts > 0 or p_cluster.error_code is not null then 'failing'
    else 'pending'
  end;
end
$$;

-- The account beside a seat: its state, since when it should be as it should be or is, and why it is not. One that is made
-- by hand is so for as long as there has been a seat.
create function describe_account(
  p_account app.hopsworks_accounts,
  p_cluster app.hopsworks_provisioning,
  p_has_key boolean,
  p_assigned_at timestamptz
) returns jsonb
language plpgsql immutable
set search_path from current
as $$
declare
  v_state text := account_state(p_account, p_cluster, p_has_key);
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'state', v_state,
    'since', case v_state
      when 'off' then p_assigned_at
      when 'ready' then p_account.done_at
      when 'stuck' then p_account.stuck_since
      else p_account.wanted_since
    end,
    'code', case v_state
      -- The cluster's failure is why no account there can be tried.
      when 'failing' then coalesce(p_cluster.error_code, p_account.error_code)
      when 'stuck' then p_account.error_code
    end
  ));
end
$$;
