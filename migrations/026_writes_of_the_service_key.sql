-- The web app reads and writes these tables with the service key. Writes that would break a rule, and that no constraint
-- can judge, are refused with a sentence that says what to call instead. All else goes on, also columns of its own.
--
-- The functions of the back office run as the owner of the tables. So they pay for one comparison in each statement.

create trigger refuse_made_user
  before insert on public.users
  for each statement when (current_user = 'service_role')
  execute function app.refuse_write(
    'users are made when they sign in: call POST /api/auth/me instead', 'POST /api/auth/me'
  );
create trigger refuse_lost_user
  before delete on public.users
  for each statement when (current_user = 'service_role')
  execute function app.refuse_write(
    'users are never removed, they get the status deleted: call PATCH /api/admin/users/{id} instead',
    'PATCH /api/admin/users/{id}'
  );
-- The same values again change nothing, and are no reason to refuse the rest.
create trigger refuse_changed_user
  before update of id, status, suspended_with_owner, account_owner_id, waiting_since, deleted_at
  on public.users
  for each row when (
    current_user = 'service_role'
    and (old.id, old.status, old.suspended_with_owner, old.account_owner_id, old.waiting_since, old.deleted_at)
      is distinct from
      (new.id, new.status, new.suspended_with_owner, new.account_owner_id, new.waiting_since, new.deleted_at)
  )
  execute function app.refuse_write(
    'seats, deployments, members and bills follow the status and the team of a user: call PATCH /api/admin/users/{id} '
      'for the status, POST /api/team/invites/accept to join a team and DELETE /api/team/members/{user_id} to leave it',
    'PATCH /api/admin/users/{id}, POST /api/team/invites/accept, DELETE /api/team/members/{user_id}'
  );

create trigger refuse_write
  before insert or delete or update of
    id, user_id, balance, last_seq, total_purchased, total_adjusted, total_used, cpu_hours_used, gpu_hours_used,
    storage_gb_months, storage_gb_seconds, scaled_cost_usd
  on public.user_credits
  for each statement when (current_user = 'service_role')
  execute function app.refuse_write(
    'credits are the sums of their ledger: call POST /api/credits/purchases for what was paid, POST /api/usage for what '
      'was used, and POST /api/credits/adjustments to correct them',
    'POST /api/credits/purchases, POST /api/usage, POST /api/credits/adjustments'
  );

create trigger refuse_write
  before insert or delete or update of
    id, user_id, account_owner_id, date, cpu_hours, gpu_hours, storage_gb, storage_gb_seconds, total_cost, scaled_cost_usd,
    rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd,
    charged_usd, charged_until, charged_cpu_hours, charged_gpu_hours, charged_storage_gb_seconds
  on public.usage_daily
  for each statement when (current_user = 'service_role')
  execute function app.refuse_write(
    'a day is the sum of its readings, and is charged with them: call POST /api/usage instead', 'POST /api/usage'
  );

create trigger refuse_write
  before insert or delete or update of
    id, account_owner_id, email, token_hash, created_at, expires_at, accepted_at, accepted_by_user_id, withdrawn_at
  on public.team_invites
  for each statement when (current_user = 'service_role')
  execute function app.refuse_write(
    'an invite is made by POST /api/team/invites, accepted by POST /api/team/invites/accept, and withdrawn by '
      'DELETE /api/team/invites/{id}: call these instead',
    'POST /api/team/invites, POST /api/team/invites/accept, DELETE /api/team/invites/{id}'
  );

create trigger refuse_write
  before insert or delete or update of id, user_id, hopsworks_cluster_id
  on public.user_hopsworks_assignments
  for each statement when (current_user = 'service_role')
  execute function app.refuse_write(
    'seats are given in the order of the queue, and teams sit together: call POST /api/clusters/assign or '
      'DELETE /api/clusters/assign/{user_id} instead',
    'POST /api/clusters/assign, DELETE /api/clusters/assign/{user_id}'
  );

create trigger refuse_write
  before insert or delete or update of id, user_id, hopsworks_url, status, activated_at, deleted_at
  on public.instances
  for each statement when (current_user = 'service_role')
  execute function app.refuse_write(
    'an instance follows the seat of its user: call POST /api/clusters/assign or DELETE /api/clusters/assign/{user_id} '
      'for the seat, and PATCH /api/admin/users/{id} for the status of the user',
    'POST /api/clusters/assign, DELETE /api/clusters/assign/{user_id}, PATCH /api/admin/users/{id}'
  );

create trigger refuse_plain_key
  before insert or update of api_key on public.hopsworks_clusters
  for each row when (current_user = 'service_role' and new.api_key !~ '^enc:')
  execute function app.refuse_write(
    'keys are stored encrypted: call POST /api/admin/hopsworks-clusters or PATCH /api/admin/hopsworks-clusters/{id} '
      'instead, which encrypt them',
    'POST /api/admin/hopsworks-clusters, PATCH /api/admin/hopsworks-clusters/{id}'
  );
create trigger refuse_plain_key
  before insert or update of hopsworks_api_key on public.clusters
  for each row when (current_user = 'service_role' and new.hopsworks_api_key !~ '^enc:')
  execute function app.refuse_write(
    'keys are stored encrypted: call POST /api/clusters or PATCH /api/clusters/{id} instead, which encrypt them',
    'POST /api/clusters, PATCH /api/clusters/{id}'
  );
-- Deployments end with their user.
create trigger refuse_deployment_of_the_deleted
  before insert or update of user_id, status, hopsworks_api_key, deleted_at on public.clusters
  for each row when (
    current_user = 'service_role' and (new.status <> 'deleted' or new.hopsworks_api_key is not null)
  )
  execute function app.refuse_deployment_of_the_deleted();
