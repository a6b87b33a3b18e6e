-- Computes the cluster that a user waits for, whatever was written: null for an owner, who may sit anywhere, and for a
-- member whose owner has no seat.
create or replace function app.set_waiting() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.waiting_cluster_id := case
    when new.waiting_since is not null and new.account_owner_id is not null then (
      select a.hopsworks_cluster_id
      from public.user_hopsworks_assignments a
      where a.user_id = new.account_owner_id
    )
  end;
  return new;
end
$$;
