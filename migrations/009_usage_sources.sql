-- Who writes usage. A reading keeps the client that wrote its values, and a source belongs to the client that first
-- used it, so that a machine cannot rewrite what another one has reported.

-- The client's `sub`, such as `meter@clients`. Null in readings that were written before this was kept, or by a release
-- that does not keep it. PostgreSQL only notes the new column, and writes no row.
alter table app.usage_readings add column client_id text collate "C";

-- The sources of readings. An administrator can give one to another client.
create table app.usage_sources (
  source text collate "C" not null,
  client_id text collate "C" not null,
  first_used_at timestamptz not null default app.now(),

  constraint usage_sources_pkey primary key (source),
  constraint usage_sources_names_are_short check (
    char_length(source) between 1 and 200 and char_length(client_id) between 1 and 255
  )
);
call app.secure_table('app.usage_sources');
