-- Refuses the id of a cluster that does not exist.
create function require_hopsworks_cluster(p_id uuid) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if not exists (select from public.hopsworks_clusters where id = p_id) then
    raise exception using
      errcode = 'AP404',
      message = 'hopsworks_cluster_unknown',
      detail = 'There is no Hopsworks cluster of this id. GET /api/admin/hopsworks-clusters lists them.';
  end if;
end
$$;
