-- A page of an account's ledger, newest first.
create or replace function app.list_transactions(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller public.users := app.authorize(args);
  v_account_owner_id text := app.require_account(v_caller, args #>> '{input,user_id}');
  v_limit integer := args #>> '{input,limit}';
  v_after bigint := args #>> '{input,after,seq}';
begin
  return app.page(
    v_limit,
    array(
      select t.description
      from app.described_entries t
      where t.account_owner_id = v_account_owner_id and (v_after is null or t.seq < v_after)
      order by t.seq desc
      limit v_limit + 1
    ),
    array['seq']
  );
end
$$;
