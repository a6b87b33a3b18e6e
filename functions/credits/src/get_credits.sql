-- An account's credits: the balance, what was bought and used, and how long the balance lasts at the pace of the last
-- seven days (UTC, with today).
create or replace function app.get_credits(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller public.users := app.authorize(args);
  v_account_owner_id text := app.require_account(v_caller, args #>> '{input,user_id}');
begin
  return app.describe_credits(v_account_owner_id);
end
$$;
