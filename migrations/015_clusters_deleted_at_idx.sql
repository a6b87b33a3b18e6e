-- no transaction
create index concurrently if not exists clusters_deleted_at_idx
  on public.clusters (deleted_at) where status = 'deleted';
