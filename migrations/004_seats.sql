-- Triggers keep what depends on seats: `current_users`, the status `full`, instances and the waiting list follow every
-- change of assignments, also one by hand. A constraint refuses seat max_users + 1.

create trigger set_cluster
  before insert or update on public.hopsworks_clusters
  for each row execute function app.set_cluster();

create trigger count_seats
  after insert or update of hopsworks_cluster_id or delete on public.user_hopsworks_assignments
  for each row execute function app.count_seats();

create trigger count_no_seats
  after truncate on public.user_hopsworks_assignments
  for each statement execute function app.count_no_seats();

create trigger sync_seat
  after insert or update of user_id, hopsworks_cluster_id or delete on public.user_hopsworks_assignments
  for each row execute function app.sync_seat();

-- When a cluster gets another address, its instances get it too.
create trigger sync_api_url
  after update of api_url on public.hopsworks_clusters
  for each row
  when (old.api_url <> new.api_url)
  execute function app.sync_api_url();

-- `waiting_cluster_id` and `user_created_at` are copies, kept for speed, and triggers overwrite whatever is written. To
-- have one computed again, as `app.sync_seat` does when an owner's seat moves, set it to its default.
create trigger set_waiting
  before insert or update of waiting_since, account_owner_id, waiting_cluster_id on public.users
  for each row
  when (new.waiting_since is not null or new.waiting_cluster_id is not null)
  execute function app.set_waiting();

create trigger set_seat
  before insert or update of user_id, user_created_at on public.user_hopsworks_assignments
  for each row execute function app.set_seat();

create trigger sync_created_at
  after update of created_at on public.users
  for each row
  when (old.created_at <> new.created_at)
  execute function app.sync_created_at();
