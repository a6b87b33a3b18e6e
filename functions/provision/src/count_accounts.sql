-- How the accounts are, for the alarms: for how many seconds the one that is due longest has been so, how many wait for a
-- person, how many clusters fail, how many of those refuse our key, how many sweeps found too much to act on, how many
-- users of clusters we do not know, and of how many clusters the projects cannot be listed.
create function count_accounts(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
begin
  perform authorize(args, 'schedule');
  return (
    select jsonb_build_object(
      'oldest_due_s', coalesce(max(a.oldest_due_s), 0),
      'stuck', coalesce(sum(b.stuck), 0),
      'failing_clusters', count(*) filter (where p.error_code is not null),
      'refusing_clusters', count(*) filter (where p.error_code like 'key\_%'),
      'refused_sweeps', count(*) filter (where p.last_sweep ->> 'refused' = 'true'),
      'strangers', coalesce(sum((p.last_sweep ->> 'strangers')::bigint), 0),
      'failing_project_lists', count(*) filter (where u.projects_error_code is not null)
    )
    from app.hopsworks_provisioning p
    join public.hopsworks_clusters c on c.id = p.hopsworks_cluster_id
    left join app.usage_collection u on u.hopsworks_cluster_id = p.hopsworks_cluster_id and u.collects
    cross join lateral (
      select greatest(0, extract(epoch from app.now() - min(d.wanted_since)))::bigint as oldest_due_s
      from app.hopsworks_accounts d
      where d.hopsworks_cluster_id = p.hopsworks_cluster_id and d.done_revision < d.revision and d.stuck_since is null
    ) a
    cross join lateral (
      select count(*) as stuck
      from app.hopsworks_accounts s
      where s.hopsworks_cluster_id = p.hopsworks_cluster_id and s.stuck_since is not null
    ) b
    where p.provisions and c.api_key is not null
  );
end
$$;

grant execute on function count_accounts(jsonb) to provisioner;
