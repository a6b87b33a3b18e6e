-- Tells of an account on a cluster that is ready to be used, or waits for a person.
create or replace function app.tell_of_account() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_data jsonb := pg_catalog.jsonb_build_object(
    'user_id', new.user_id,
    'account_id', new.id,
    'cluster_id', new.hopsworks_cluster_id,
    'cluster_name', (select c.name from public.hopsworks_clusters c where c.id = new.hopsworks_cluster_id limit 1)
  );
begin
  if new.seen_status = 'active' and old.seen_status is distinct from 'active' then
    perform app.tell('hopsworks_account.ready', 'user:' || new.user_id, v_data);
  end if;
  if new.stuck_since is not null and old.stuck_since is null then
    perform app.tell(
      'hopsworks_account.stuck', 'user:' || new.user_id, v_data || pg_catalog.jsonb_build_object('code', new.error_code)
    );
  end if;
  return null;
end
$$;
