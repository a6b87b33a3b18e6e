-- Has all users and projects of a cluster looked at now, and the cluster tried at once if it fails. With `accept`, what
-- differs is put right however much it is, for an hour.
create function check_hopsworks_cluster(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_id uuid := args #>> '{input,id}';
begin
  perform require_hopsworks_cluster(v_id);
  if not is_audited(args, 'hopsworks_clusters.check', v_id::text) then
    update app.hopsworks_provisioning
    set error_code = null,
        error_detail = null,
        failing_since = null,
        attempts = 0,
        next_attempt_at = app.now(),
        sweep_due_at = app.now(),
        last_sweep = coalesce(last_sweep, '{}') || jsonb_build_object(
          'accepted_until', case when (args #>> '{input,accept}')::boolean then app.now() + interval '1 hour' end
        )
    where hopsworks_cluster_id = v_id and app.provisions(v_id);
    if not found then
      raise exception using
        errcode = 'AP409',
        message = 'accounts_made_by_hand',
        detail = 'Accounts on this cluster are made by hand. Give it an api_key and provisioning first.';
    end if;
    update app.usage_collection set projects_due_at = app.now() where hopsworks_cluster_id = v_id;
    perform write_audit(args, 'hopsworks_clusters.check', v_id::text, null, args #> '{input}');
  end if;
  return (select c.description from described_hopsworks_clusters c where c.id = v_id);
end
$$;
