-- Usage that is read from the clusters themselves: where from, what was read of each hour, and who pays for a namespace.
-- `collect-usage` reads, and `provision` keeps the projects.

-- How the usage of a cluster is read: from its OpenCost. It stands beside the cluster and not in it, because every seat
-- writes the cluster's row.
create table app.usage_collection (
  hopsworks_cluster_id uuid not null,
  collects boolean not null default true,
  opencost_url text not null,
  -- The root that its certificate ends in, if no public one.
  tls_ca_pem text,
  -- Sent as a bearer token; encrypted.
  token text,
  -- Hours before this one are not read.
  collect_from timestamptz not null,
  -- An hour is read when it has been over for so long.
  closed_for interval not null default '2 hours',
  -- The most that the cluster ever has: more in an hour is not believed.
  cpu_cores integer not null,
  gpus integer not null,
  -- Namespaces of the cluster itself. No customer pays for them.
  system_namespaces text[] collate "C" not null,
  -- What is wrong with its OpenCost as a whole, since when, and when it is asked again.
  error_code text,
  error_detail text,
  failing_since timestamptz,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default app.now(),
  -- Who reads from it, and until when nobody else does.
  lease uuid,
  leased_until timestamptz,
  -- When the cluster's projects are to be listed again, when they last were, who does that, and why it failed.
  projects_due_at timestamptz not null default app.now(),
  projects_seen_at timestamptz,
  projects_lease uuid,
  projects_leased_until timestamptz,
  projects_error_code text,
  projects_error_detail text,

  constraint usage_collection_pkey primary key (hopsworks_cluster_id),
  constraint usage_collection_hopsworks_cluster_id_fkey foreign key (hopsworks_cluster_id)
    references public.hopsworks_clusters (id) on delete cascade,
  constraint usage_collection_opencost_url_is_https check (opencost_url ~ '^https://' and char_length(opencost_url) <= 2048),
  constraint usage_collection_tls_ca_pem_is_pem check (
    tls_ca_pem ~ '-----BEGIN CERTIFICATE-----' and char_length(tls_ca_pem) <= 16384
  ),
  constraint usage_collection_collect_from_is_an_hour check (
    date_trunc('hour', collect_from at time zone 'UTC') = collect_from at time zone 'UTC'
  ),
  constraint usage_collection_closed_for_is_short check (closed_for between interval '0' and interval '7 days'),
  constraint usage_collection_capacity_is_possible check (cpu_cores between 1 and 999999 and gpus between 0 and 999999),
  constraint usage_collection_system_namespaces_are_few check (cardinality(system_namespaces) <= 200),
  constraint usage_collection_fails_with_a_code check (
    (error_code is null) = (failing_since is null) and (error_code is null) = (attempts = 0)
  ),
  constraint usage_collection_lease_ends check (
    (lease is null) = (leased_until is null) and (projects_lease is null) = (projects_leased_until is null)
  )
);
call app.secure_table('app.usage_collection');

-- A token goes to nobody but the server that it was given for.
create trigger refuse_moved_token
  before update of opencost_url on app.usage_collection
  for each row
  when (old.opencost_url <> new.opencost_url and old.token is not null and new.token is not distinct from old.token)
  execute function app.refuse_moved_token();

-- Whoever mends what was wrong need not wait for the next try.
create trigger forget_failure
  before update of collects, opencost_url, tls_ca_pem, token on app.usage_collection
  for each row
  when (
    (old.collects, old.opencost_url, old.tls_ca_pem, old.token)
      is distinct from (new.collects, new.opencost_url, new.tls_ca_pem, new.token)
  )
  execute function app.forget_failure();

-- What is known of each hour of a cluster. Missing is not zero: an hour that was not to be had stays missing.
create table app.usage_coverage (
  hopsworks_cluster_id uuid not null,
  hour timestamptz not null,
  state text not null default 'expected',
  -- When it is read the next time; null: no more.
  due_at timestamptz,
  attempts integer not null default 0,
  -- Why the last try gave nothing.
  error_code text,
  error_detail text,
  -- When it was first read, and when it was last found to be different.
  collected_at timestamptz,
  revised_at timestamptz,
  -- What was read: how many namespaces, their sums, and a digest by which a later answer is compared.
  namespaces integer,
  cpu_hours numeric(20, 6),
  gpu_hours numeric(20, 6),
  storage_gb numeric(20, 6),
  digest text,
  -- The administrator who says that an answer is true though it does not look like it.
  accepted_by text collate "C",
  -- Other sources that report of the same user and project for this hour. They may be right.
  other_sources text[] not null default '{}',

  constraint usage_coverage_pkey primary key (hopsworks_cluster_id, hour),
  constraint usage_coverage_hopsworks_cluster_id_fkey foreign key (hopsworks_cluster_id)
    references public.hopsworks_clusters (id) on delete cascade,
  constraint usage_coverage_hour_is_an_hour check (date_trunc('hour', hour at time zone 'UTC') = hour at time zone 'UTC'),
  constraint usage_coverage_state_is_known check (state in ('expected', 'collected', 'revised', 'missing', 'given_up')),
  constraint usage_coverage_read_has_a_digest check (
    (state in ('collected', 'revised')) = (digest is not null)
      and num_nulls(digest, collected_at, namespaces, cpu_hours, gpu_hours, storage_gb) in (0, 6)
  ),
  constraint usage_coverage_revised_says_when check ((state = 'revised') = (revised_at is not null)),
  constraint usage_coverage_missing_has_a_code check (state <> 'missing' or error_code is not null),
  constraint usage_coverage_waits_for_a_try check (state not in ('expected', 'missing') or due_at is not null),
  constraint usage_coverage_is_given_up_for_good check (state <> 'given_up' or due_at is null)
);

-- What is due, oldest first.
create index usage_coverage_due_idx on app.usage_coverage (hopsworks_cluster_id, hour) where due_at is not null;
-- The list, by state.
create index usage_coverage_state_idx on app.usage_coverage (state, hour desc, hopsworks_cluster_id);
create index usage_coverage_hour_idx on app.usage_coverage (hour desc, hopsworks_cluster_id);
create index usage_coverage_other_sources_idx
  on app.usage_coverage (hour desc, hopsworks_cluster_id) where other_sources <> '{}';
call app.secure_table('app.usage_coverage');

-- Who owned which project of a cluster, and so which namespace, from which hour to which. What has passed is not changed.
create table app.hopsworks_projects (
  id uuid not null default gen_random_uuid(),
  hopsworks_cluster_id uuid not null,
  -- The cluster's number and name for the project. Without a number: attributed by hand.
  hopsworks_project_id bigint,
  name text not null,
  namespace text collate "C" not null,
  -- The owner's account on the cluster, and the user whose it is. Null: nobody that we know.
  owner_username text,
  user_id text collate "C",
  from_hour timestamptz not null,
  to_hour timestamptz not null default 'infinity',
  created_at timestamptz not null default app.now(),
  updated_at timestamptz not null default app.now(),

  constraint hopsworks_projects_pkey primary key (id),
  constraint hopsworks_projects_hopsworks_cluster_id_fkey foreign key (hopsworks_cluster_id)
    references public.hopsworks_clusters (id) on delete cascade,
  constraint hopsworks_projects_user_id_fkey foreign key (user_id) references public.users (id),
  constraint hopsworks_projects_names_are_short check (
    char_length(name) between 1 and 200 and char_length(namespace) between 1 and 253
  ),
  constraint hopsworks_projects_of_hand_have_a_user check (
    (hopsworks_project_id is null) = (owner_username is null) and (owner_username is not null or user_id is not null)
  ),
  constraint hopsworks_projects_end_after_they_begin check (from_hour <= to_hour)
);

-- A namespace has one owner at a time.
create unique index hopsworks_projects_owned_key
  on app.hopsworks_projects (hopsworks_cluster_id, namespace) where to_hour = 'infinity';
create index hopsworks_projects_namespace_idx on app.hopsworks_projects (hopsworks_cluster_id, namespace, from_hour);
create index hopsworks_projects_user_id_idx on app.hopsworks_projects (user_id);
call app.secure_table('app.hopsworks_projects');

-- What each namespace used in an hour, and whom it was billed to. Without a user it waits for somebody to own it.
create table app.namespace_hours (
  hopsworks_cluster_id uuid not null,
  hour timestamptz not null,
  namespace text collate "C" not null,
  cpu_hours numeric(12, 6) not null,
  gpu_hours numeric(12, 6) not null,
  -- Gigabytes, of 10^9 bytes each, on average over the hour.
  storage_gb numeric(14, 6) not null,
  user_id text collate "C",
  project text,
  -- Why it could not be billed to that user.
  rejection text,

  constraint namespace_hours_pkey primary key (hopsworks_cluster_id, hour, namespace),
  constraint namespace_hours_hopsworks_cluster_id_fkey foreign key (hopsworks_cluster_id)
    references public.hopsworks_clusters (id) on delete cascade,
  constraint namespace_hours_user_id_fkey foreign key (user_id) references public.users (id),
  constraint namespace_hours_are_not_negative check (cpu_hours >= 0 and gpu_hours >= 0 and storage_gb >= 0),
  constraint namespace_hours_of_a_user_have_a_project check ((user_id is null) = (project is null)),
  constraint namespace_hours_rejected_have_a_user check (rejection is null or user_id is not null)
);

-- What waits for an owner, or was refused.
create index namespace_hours_unattributed_idx
  on app.namespace_hours (hopsworks_cluster_id, namespace, hour) where user_id is null or rejection is not null;
-- What was billed to a user.
create index namespace_hours_user_id_idx on app.namespace_hours (user_id, hour) where user_id is not null;
-- What is billed and old enough to be forgotten. Not of what waits: a look-up of that would take it, to save a sort.
create index namespace_hours_hour_idx on app.namespace_hours (hour) where user_id is not null;
call app.secure_table('app.namespace_hours');
