-- Adds a cluster, and seats users who wait. The id comes with the call, so that a repeated call finds its own cluster.
create function create_hopsworks_cluster(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_id uuid := v_input ->> 'id';
begin
  perform lock_seats();
  if not exists (select from public.hopsworks_clusters where id = v_id) then
    insert into public.hopsworks_clusters (id, name, api_url, api_key, max_users, status, metadata)
    values (
      v_id,
      v_input ->> 'name',
      v_input ->> 'api_url',
      v_input ->> 'api_key',
      (v_input ->> 'max_users')::integer,
      coalesce(v_input ->> 'status', 'active'),
      merge_metadata('{}', nullif(v_input -> 'metadata', 'null'))
    )
    on conflict (name) do nothing;
    if not found then
      raise exception using
        errcode = 'AP409',
        message = 'name_in_use',
        detail = 'Another Hopsworks cluster has this name. Choose another name.';
    end if;
    perform set_provisioning(v_id, v_input -> 'provisioning');
    perform set_collection(v_id, v_input -> 'collection');
    perform place_waiting();
    perform write_audit(
      args,
      'hopsworks_clusters.create',
      v_id::text,
      null,
      (select c.description from described_hopsworks_clusters c where c.id = v_id)
    );
  end if;
  return (select c.description from described_hopsworks_clusters c where c.id = v_id);
end
$$;
