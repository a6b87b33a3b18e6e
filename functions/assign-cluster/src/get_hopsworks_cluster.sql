-- One cluster, for administrators.
create function get_hopsworks_cluster(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_id uuid := args #>> '{input,id}';
begin
  perform require_hopsworks_cluster(v_id);
  return (select c.description from described_hopsworks_clusters c where c.id = v_id);
end
$$;
