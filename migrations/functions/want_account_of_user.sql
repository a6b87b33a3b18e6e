-- The account beside a user's seat follows the user and their credits.
create or replace function app.want_account_of_user() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_user_id text := pg_catalog.to_jsonb(new) ->> case tg_table_name when 'users' then 'id' else 'user_id' end;
begin
  perform app.want_accounts(
    array[v_user_id],
    (select s.hopsworks_cluster_id from public.user_hopsworks_assignments s where s.user_id = v_user_id limit 1)
  );
  return null;
end
$$;
