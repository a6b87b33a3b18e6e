-- Clusters as administrators see them: seats taken and free, and the members who wait for a seat beside their owner. Of
-- the API key they say only whether there is one, and under which key it is encrypted.
create view described_hopsworks_clusters as
select
  c.id,
  c.created_at,
  jsonb_build_object(
    'id', c.id,
    'name', c.name,
    'api_url', c.api_url,
    'has_api_key', c.api_key is not null,
    'encryption_key_id', split_part(c.api_key, ':', 2),
    'status', c.status,
    'max_users', c.max_users,
    'current_users', c.current_users,
    'free_seats', c.max_users - c.current_users,
    'waiting_members', (select count(*) from public.users u where u.waiting_cluster_id = c.id),
    'metadata', c.metadata,
    'created_at', c.created_at,
    'updated_at', c.updated_at
  ) as description
from public.hopsworks_clusters c;
