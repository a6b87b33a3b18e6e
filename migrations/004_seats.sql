-- Triggers keep what depends on seats: `current_users`, the status `full`, instances and the waiting list follow every
-- change of assignments, also one by hand. A constraint refuses seat max_users + 1.

create or replace trigger set_cluster
  before insert or update on public.hopsworks_clusters
  for each row execute function app.set_cluster();

create or replace trigger count_seats
  after insert or update of hopsworks_cluster_id or delete on public.user_hopsworks_assignments
  for each row execute function app.count_seats();

create or replace trigger count_no_seats
  after truncate on public.user_hopsworks_assignments
  for each statement execute function app.count_no_seats();

create or replace trigger sync_seat
  after insert or update of user_id, hopsworks_cluster_id or delete on public.user_hopsworks_assignments
  for each row execute function app.sync_seat();

create or replace trigger sync_api_url
  after update of api_url on public.hopsworks_clusters
  for each row
  when (old.api_url <> new.api_url)
  execute function app.sync_api_url();
