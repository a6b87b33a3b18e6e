-- The account follows a seat that is taken, freed or moved.
create or replace function app.want_account_of_seat() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op <> 'DELETE' then
    perform app.want_accounts(array[new.user_id], new.hopsworks_cluster_id);
  end if;
  if tg_op <> 'INSERT' then
    perform app.want_accounts(array[old.user_id], old.hopsworks_cluster_id);
  end if;
  return null;
end
$$;
