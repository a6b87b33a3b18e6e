-- Mends what stood there before: deployments of deleted users end and lose their keys, and clusters that are `inactive`
-- with users on them are in `maintenance`, which leaves the users where they are and takes no new ones.

update public.clusters d
set status = 'deleted', deleted_at = coalesce(d.deleted_at, u.deleted_at), hopsworks_api_key = null
from public.users u
where u.id = d.user_id and u.status = 'deleted' and (d.status <> 'deleted' or d.hopsworks_api_key is not null);

update public.hopsworks_clusters set status = 'maintenance' where status = 'inactive' and current_users > 0;
