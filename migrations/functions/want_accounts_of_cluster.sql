-- The accounts on a cluster follow its settings, and begin when it has all that it takes.
create or replace function app.want_accounts_of_cluster() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_row jsonb := pg_catalog.to_jsonb(coalesce(new, old));
  v_cluster_id uuid := coalesce(v_row ->> 'hopsworks_cluster_id', v_row ->> 'id');
  v_seated text[] := array(
    select s.user_id from public.user_hopsworks_assignments s where s.hopsworks_cluster_id = v_cluster_id
  );
begin
  if tg_op = 'UPDATE' and v_row -> 'oauth_client_id' <> pg_catalog.to_jsonb(old) -> 'oauth_client_id' then
    -- Other identities: each account is looked for again.
    update app.hopsworks_accounts
    set revision = revision + 1, wanted_since = app.now(), next_attempt_at = app.now()
    where hopsworks_cluster_id = v_cluster_id;
  end if;
  perform app.want_accounts(
    array(
      select s.user_id from public.user_hopsworks_assignments s where s.hopsworks_cluster_id = v_cluster_id
      union
      select a.user_id from app.hopsworks_accounts a where a.hopsworks_cluster_id = v_cluster_id
    ),
    v_cluster_id
  );
  -- `set_instance` decides which of them are active: with accounts, those whose account is.
  update public.instances i
  set status = 'active', activated_at = coalesce(i.activated_at, app.now())
  where i.user_id = any (v_seated) and i.status in ('active', 'provisioning')
    and (select u.status from public.users u where u.id = i.user_id) = 'active';
  return null;
end
$$;
