-- The account follows a seat that is taken, freed or moved.
create or replace function app.want_account_of_seat() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Whether the cluster provisions changes under the seat lock alone, which the writer of a seat holds: where it does not,
  -- there is nothing to look at.
  if tg_op <> 'DELETE' and app.provisions(new.hopsworks_cluster_id) then
    perform app.want_accounts(array[new.user_id], new.hopsworks_cluster_id);
  end if;
  if tg_op <> 'INSERT' then
    perform app.want_accounts(array[old.user_id], old.hopsworks_cluster_id);
  end if;
  return null;
end
$$;
