-- Who tells what: triggers, so that edits by hand and kept releases tell too.
--
-- A decision may free a seat and fill it again, or let a user wait and then seat them. Only what is left of it at its end
-- happened: so those triggers are deferred.

create trigger tell_of_user
  after insert on public.users
  for each row execute function app.tell_of_user();

create trigger tell_of_changed_user
  after update of status, account_owner_id on public.users
  for each row
  when (old.status <> new.status or old.account_owner_id is distinct from new.account_owner_id)
  execute function app.tell_of_user();

create constraint trigger tell_of_waiting_newcomer
  after insert on public.users
  deferrable initially deferred
  for each row
  when (new.waiting_since is not null)
  execute function app.tell_of_waiting();

create constraint trigger tell_of_waiting
  after update of waiting_since on public.users
  deferrable initially deferred
  for each row
  when (old.waiting_since is null and new.waiting_since is not null)
  execute function app.tell_of_waiting();

create constraint trigger tell_of_seat
  after insert or update of user_id, hopsworks_cluster_id or delete on public.user_hopsworks_assignments
  deferrable initially deferred
  for each row execute function app.tell_of_seat();

-- Every seat writes the cluster's row; few of them change its status. (Not `of status`: the trigger `set_cluster` does.)
create constraint trigger tell_of_room
  after update on public.hopsworks_clusters
  deferrable initially deferred
  for each row
  when (old.status <> new.status)
  execute function app.tell_of_room();

create trigger tell_of_account
  after update of seen_status, stuck_since on app.hopsworks_accounts
  for each row
  when (
    (new.seen_status = 'active' and old.seen_status is distinct from 'active')
      or (new.stuck_since is not null and old.stuck_since is null)
  )
  execute function app.tell_of_account();

create trigger tell_of_invite
  after insert on public.team_invites
  for each row execute function app.tell_of_invite();

create trigger tell_of_changed_invite
  after update of accepted_at, withdrawn_at, expired_at on public.team_invites
  for each row
  when (
    num_nonnulls(old.accepted_at, old.withdrawn_at, old.expired_at)
      < num_nonnulls(new.accepted_at, new.withdrawn_at, new.expired_at)
  )
  execute function app.tell_of_invite();

-- Entries of usage are many, and tell nothing: for them the condition is all that is looked at.
create trigger tell_of_entry
  after insert on app.credit_transactions
  for each row
  when (new.kind in ('purchase', 'refund', 'adjustment'))
  execute function app.tell_of_entry();

create trigger tell_of_rate
  after insert on app.usage_rates
  for each row execute function app.tell_of_rate();

create trigger tell_of_changed_rate
  after update of cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd on app.usage_rates
  for each row
  when (
    (old.cpu_hour_usd, old.gpu_hour_usd, old.storage_gb_month_usd)
      <> (new.cpu_hour_usd, new.gpu_hour_usd, new.storage_gb_month_usd)
  )
  execute function app.tell_of_rate();
