-- Records a batch of readings. Values are absolute: a known reading changes nothing, other values revise it, and days,
-- credits and ledger change by the difference. Each reading has its own result.
--
-- The terms of billing (who pays, at which price, who reports for which source) are locked first, then new sources by
-- name, then the accounts by id. Two batches with readings of one user and day have the same account, so they run one
-- after the other, and each sees the windows of the one before.
create function record_usage(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'machine');
  v_client_id text := args #>> '{caller,sub}';
  v_given jsonb := args #> '{input,readings}';
  v_readings priced_reading[];
  v_foreign text[];
  v_accounts text[];
  v_stored record;
begin
  perform lock_billing_terms_shared();
  v_readings := price_readings(v_given, '{}');
  v_foreign := claim_sources(array(select distinct r.source from unnest(v_readings) r where r.rejection is null), v_client_id);
  if cardinality(v_foreign) > 0 then
    v_readings := price_readings(v_given, v_foreign);
  end if;
  v_accounts := array(select distinct r.account_owner_id from unnest(v_readings) r where r.rejection is null);
  perform lock_accounts(v_accounts);
  v_stored := store_batch(v_readings, v_client_id);
  perform post_entries(v_stored.changes);
  return jsonb_build_object(
    'results', v_stored.results,
    -- Also when nothing was new, so that a repeated batch gets the same answer.
    'exhausted_accounts', (
      select coalesce(jsonb_agg(uc.user_id order by uc.user_id), '[]')
      from public.user_credits uc
      where uc.user_id = any (v_accounts) and uc.state in ('exhausted', 'overdue')
    )
  );
end
$$;
