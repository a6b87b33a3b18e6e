-- The users of a cluster are listed newest first, as all lists are. So a seat stores when its user was created:
-- otherwise a page of one cluster among hundreds would be looked for among the newest users of all clusters.

alter table public.user_hopsworks_assignments add column if not exists user_created_at timestamptz;

-- The trigger always overwrites `user_created_at`. To have it computed, set it to its default.
create or replace trigger set_seat
  before insert or update of user_id, user_created_at on public.user_hopsworks_assignments
  for each row execute function app.set_seat();

create or replace trigger sync_created_at
  after update of created_at on public.users
  for each row
  when (old.created_at <> new.created_at)
  execute function app.sync_created_at();

update public.user_hopsworks_assignments set user_created_at = default where user_created_at is null;
create index if not exists user_hopsworks_assignments_cluster_user_created_at_idx
  on public.user_hopsworks_assignments (hopsworks_cluster_id, user_created_at desc, user_id desc);
drop index if exists public.user_hopsworks_assignments_hopsworks_cluster_id_idx;
