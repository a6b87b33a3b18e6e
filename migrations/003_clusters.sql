-- Where the users work: Hopsworks clusters with their seats, instances, and a user's own deployments.

create table public.hopsworks_clusters (
  id uuid not null default gen_random_uuid(),
  name text not null,
  api_url text not null,
  -- Ciphertext only: `enc:<key id>:<base64url>`.
  api_key text,
  max_users integer not null,
  current_users integer not null default 0,
  status text not null default 'active',
  metadata jsonb not null default '{}',
  created_at timestamptz not null default app.now(),
  updated_at timestamptz not null default app.now(),

  constraint hopsworks_clusters_pkey primary key (id),
  constraint hopsworks_clusters_name_key unique (name),
  constraint hopsworks_clusters_name_is_short check (char_length(name) between 1 and 253),
  constraint hopsworks_clusters_api_url_is_https check (api_url ~ '^https://[^[:space:][:cntrl:]]+$' and char_length(api_url) <= 2048),
  constraint hopsworks_clusters_api_key_is_encrypted check (api_key ~ '^enc:[a-z0-9-]{1,32}:[A-Za-z0-9_-]{38,}$'),
  constraint hopsworks_clusters_seats_within_capacity check (current_users between 0 and max_users),
  constraint hopsworks_clusters_status_is_known check (status in ('active', 'full', 'maintenance', 'inactive')),
  constraint hopsworks_clusters_full_means_no_seat check (
    status in ('maintenance', 'inactive') or (status = 'full') = (current_users >= max_users)
  ),
  constraint hopsworks_clusters_metadata_is_an_object check (jsonb_typeof(metadata) = 'object')
);

-- None on status and counter: a few hundred rows need none. With one, no update of the counter could stay on its page
-- (HOT), and a statement that takes thousands of seats would be slower by half.
create index hopsworks_clusters_created_at_idx on public.hopsworks_clusters (created_at desc, id desc);
call app.secure_table('public.hopsworks_clusters');

-- Users were made before the clusters that they wait for. There are none yet, so nothing is scanned or held up.
alter table public.users
  -- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
  add constraint users_waiting_cluster_id_fkey foreign key (waiting_cluster_id)
    references public.hopsworks_clusters (id);

create table public.user_hopsworks_assignments (
  id uuid not null default gen_random_uuid(),
  user_id text collate "C" not null,
  hopsworks_cluster_id uuid not null,
  assigned_at timestamptz not null default app.now(),
  -- When the user of the seat was created: the trigger `set_seat` stores it. The users of a cluster are listed newest
  -- first, as all lists are. Otherwise a page of one cluster among hundreds would be looked for among the newest users
  -- of all clusters.
  user_created_at timestamptz,

  constraint user_hopsworks_assignments_pkey primary key (id),
  constraint user_hopsworks_assignments_user_id_hopsworks_cluster_id_key unique (user_id, hopsworks_cluster_id),
  constraint user_hopsworks_assignments_one_seat_per_user unique (user_id),
  constraint user_hopsworks_assignments_user_id_fkey foreign key (user_id) references public.users (id),
  constraint user_hopsworks_assignments_hopsworks_cluster_id_fkey foreign key (hopsworks_cluster_id)
    references public.hopsworks_clusters (id)
);

create index user_hopsworks_assignments_cluster_user_created_at_idx
  on public.user_hopsworks_assignments (hopsworks_cluster_id, user_created_at desc, user_id desc);
call app.secure_table('public.user_hopsworks_assignments');

create table public.instances (
  id uuid not null default gen_random_uuid(),
  user_id text collate "C" not null,
  instance_name text not null,
  hopsworks_url text,
  status text not null default 'provisioning',
  created_at timestamptz not null default app.now(),
  updated_at timestamptz not null default app.now(),
  activated_at timestamptz,
  deleted_at timestamptz,

  constraint instances_pkey primary key (id),
  constraint instances_one_per_user unique (user_id),
  constraint instances_user_id_fkey foreign key (user_id) references public.users (id),
  constraint instances_instance_name_is_short check (char_length(instance_name) between 1 and 253),
  constraint instances_status_is_known check (status in ('provisioning', 'active', 'stopped', 'deleted')),
  constraint instances_active_has_a_place check (status <> 'active' or (hopsworks_url is not null and activated_at is not null)),
  constraint instances_deleted_at_with_status check ((status = 'deleted') = (deleted_at is not null))
);

call app.secure_table('public.instances');

create table public.clusters (
  id uuid not null default gen_random_uuid(),
  user_id text collate "C" not null,
  deployment_type text not null,
  zone text,
  status text not null default 'provisioning',
  hopsworks_project_id text,
  -- Ciphertext only: `enc:<key id>:<base64url>`.
  hopsworks_api_key text,
  created_at timestamptz not null default app.now(),
  updated_at timestamptz not null default app.now(),
  deleted_at timestamptz,

  constraint clusters_pkey primary key (id),
  constraint clusters_user_id_fkey foreign key (user_id) references public.users (id),
  constraint clusters_hopsworks_api_key_is_encrypted check (hopsworks_api_key ~ '^enc:[a-z0-9-]{1,32}:[A-Za-z0-9_-]{38,}$'),
  constraint clusters_status_is_known check (status in ('provisioning', 'active', 'stopped', 'failed', 'deleted')),
  constraint clusters_deleted_at_with_status check ((status = 'deleted') = (deleted_at is not null))
);

create index clusters_user_id_idx on public.clusters (user_id, created_at desc, id desc);
call app.secure_table('public.clusters');
