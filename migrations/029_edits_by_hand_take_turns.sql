-- Edits of several clusters or seats by hand locked rows in another order than decisions about seats, and deadlocked
-- with them. So each takes the seat lock first, as all decisions do.
create trigger lock_seats
  before update of max_users, status on public.hopsworks_clusters
  for each statement execute function app.lock_seats();

create trigger lock_seats
  before insert or update of user_id, hopsworks_cluster_id or delete on public.user_hopsworks_assignments
  for each statement execute function app.lock_seats();
