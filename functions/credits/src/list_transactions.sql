-- A page of an account's ledger, newest first.
create function list_transactions(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user_or_suspended_owner');
  v_account_owner_id text := require_account(v_caller, args #>> '{input,user_id}');
  v_limit integer := args #>> '{input,limit}';
  v_after bigint := args #>> '{input,after,seq}';
begin
  return page(
    v_limit,
    array(
      select t.description::json
      from described_entries t
      where t.account_owner_id = v_account_owner_id and (v_after is null or t.seq < v_after)
      order by t.seq desc
      limit v_limit + 1
    ),
    array['seq']
  );
end
$$;
