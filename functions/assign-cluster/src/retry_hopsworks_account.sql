-- Has an account tried again now: one that is stuck, or waits for its next try. One that is as it should be is looked at.
create function retry_hopsworks_account(args jsonb) returns json
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_id uuid := args #>> '{input,id}';
  v_account app.hopsworks_accounts;
begin
  select * into v_account from app.hopsworks_accounts where id = v_id;
  if not found then
    raise exception using
      errcode = 'AP404',
      message = 'hopsworks_account_unknown',
      detail = 'There is no account of this id. GET /api/admin/hopsworks-accounts lists them.';
  end if;
  if not is_audited(args, 'hopsworks_accounts.retry', v_id::text) then
    -- Instances before accounts, as everywhere.
    perform from public.instances where user_id = v_account.user_id for no key update;
    update app.hopsworks_accounts
    set wanted_since = case when done_revision = revision then app.now() else wanted_since end,
        revision = case when done_revision = revision then revision + 1 else revision end,
        attempts = 0,
        next_attempt_at = app.now(),
        error_code = null,
        error_detail = null,
        stuck_since = null
    where id = v_id;
    perform write_audit(
      args,
      'hopsworks_accounts.retry',
      v_id::text,
      jsonb_build_object('code', v_account.error_code, 'attempts', v_account.attempts),
      null
    );
  end if;
  return (describe_hopsworks_accounts(array[v_id]))[1];
end
$$;
