-- Changes a cluster, and seats users who wait if that made room. Nobody loses a seat: fewer seats than users are
-- refused, users of a cluster in maintenance stay, and a cluster becomes `inactive` when it is empty. A call that is repeated with the same request id finds its
-- change made, whatever has changed since.
create function update_hopsworks_cluster(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_id uuid := args #>> '{input,id}';
  v_changes jsonb := args #> '{input,changes}';
  v_cluster public.hopsworks_clusters;
  v_before jsonb;
  v_after jsonb;
begin
  perform lock_seats();
  select * into v_cluster from public.hopsworks_clusters where id = v_id for no key update;
  perform require_hopsworks_cluster(v_id);
  v_before := (select c.description from described_hopsworks_clusters c where c.id = v_id);
  if is_audited(args, 'hopsworks_clusters.update', v_id::text) then
    return v_before;
  end if;
  if (v_changes ->> 'max_users')::integer < v_cluster.current_users then
    raise exception using
      errcode = 'AP409',
      message = 'seats_in_use',
      detail = format(
        '%s users sit on this cluster. Move them to another one, or unassign them, before you lower max_users.',
        v_cluster.current_users
      );
  end if;
  if v_cluster.api_key is not null
    and not v_changes ? 'api_key'
    and app.server_of(v_changes ->> 'api_url') <> app.server_of(v_cluster.api_url)
  then
    -- The trigger `refuse_moved_key` refuses it to everybody.
    raise exception using
      errcode = 'AP409',
      message = 'api_key_of_another_server',
      detail = 'The API key was given for another server. Send the key for the new address with it, or null.';
  end if;
  perform require_token_of_server(v_id, v_changes -> 'collection');
  if v_changes ->> 'status' = 'inactive' and v_cluster.status <> 'inactive' and v_cluster.current_users > 0 then
    raise exception using
      errcode = 'AP409',
      message = 'hopsworks_cluster_has_users',
      detail = format(
        '%s users sit on this cluster. Put it into maintenance, move them to another one or unassign them, and make it '
          'inactive then.',
        v_cluster.current_users
      );
  end if;
  update public.hopsworks_clusters
  set api_url = coalesce(v_changes ->> 'api_url', api_url),
      api_key = case when v_changes ? 'api_key' then v_changes ->> 'api_key' else api_key end,
      max_users = coalesce((v_changes ->> 'max_users')::integer, max_users),
      status = coalesce(v_changes ->> 'status', status),
      metadata = merge_metadata(metadata, v_changes -> 'metadata')
  where id = v_id;
  perform set_provisioning(v_id, v_changes -> 'provisioning');
  perform set_collection(v_id, v_changes -> 'collection');
  perform place_waiting();
  v_after := (select c.description from described_hopsworks_clusters c where c.id = v_id);
  perform write_audit(
    args,
    'hopsworks_clusters.update',
    v_id::text,
    -- The log is kept for ever, and what is seen on a cluster is about people.
    v_before #- '{provisioning,sweep}',
    v_after #- '{provisioning,sweep}'
      || case when v_changes ? 'api_key' then '{"api_key": "[changed]"}'::jsonb else '{}' end
      || case when v_changes -> 'collection' ? 'token' then '{"collection_token": "[changed]"}'::jsonb else '{}' end
  );
  return v_after;
end
$$;
