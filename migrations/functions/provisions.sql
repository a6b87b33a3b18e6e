-- Whether accounts on a cluster are made by `provision`.
create or replace function app.provisions(p_cluster_id uuid) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
    from app.hopsworks_provisioning p
    join public.hopsworks_clusters c on c.id = p.hopsworks_cluster_id
    where p.hopsworks_cluster_id = p_cluster_id and p.provisions and c.api_key is not null
  );
end
$$;
