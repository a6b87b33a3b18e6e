-- Events: what happened, in the words of docs/events.md, written by the statement that did it (`app.tell`) and told to the
-- bus by `publish`.

create table app.outbox (
  -- The order of writing. It is taken last, when the writer holds the locks by which those who decide about the same
  -- thing take turns, and they are held to the end of the transaction. So of two writers that take turns the first has the
  -- lower number, and whoever sees the row of the second sees that of the first.
  number bigint not null generated always as identity,
  -- The same however often the event is sent.
  id uuid not null default gen_random_uuid(),
  type text collate "C" not null,
  -- Whom or what it is about: a kind, a colon, and an id. Events of one subject are published one after the other.
  subject text collate "C" not null,
  occurred_at timestamptz not null default app.now(),
  data jsonb not null,
  -- The place among the events of its subject, without gaps. `publish` gives it, so writers do not wait for each other.
  seq bigint,
  -- When it is sent, or sent again: the first unpublished event of each subject has such a time, unless it is parked.
  due_at timestamptz,
  attempts integer not null default 0,
  -- Why the last try was in vain.
  error_code text,
  error_detail text,
  -- Since when an operator is to say what becomes of it (`app.release_event`). It holds up its subject.
  parked_at timestamptz,
  published_at timestamptz,

  constraint outbox_pkey primary key (number),
  constraint outbox_subject_seq_key unique (subject, seq),
  constraint outbox_type_is_two_words check (type ~ '^[a-z_]{1,60}\.[a-z_]{1,60}$'),
  constraint outbox_subject_names_a_kind check (subject ~ '^[a-z_]{1,30}:.'),
  constraint outbox_data_is_an_object check (jsonb_typeof(data) = 'object'),
  constraint outbox_due_parked_or_published check (
    num_nonnulls(due_at, parked_at, published_at) <= 1
      and (seq is not null or num_nonnulls(due_at, parked_at, published_at) = 0)
  ),
  constraint outbox_parked_has_a_code check (parked_at is null or error_code is not null)
);

-- What has no place yet, what is to be sent, what waits for an operator, and what may be forgotten.
create index outbox_new_idx on app.outbox (number) where seq is null;
create index outbox_due_idx on app.outbox (due_at) where due_at is not null;
create index outbox_parked_idx on app.outbox (parked_at) where parked_at is not null;
create index outbox_published_idx on app.outbox (published_at) where published_at is not null;
-- The list, by subject and by type.
create index outbox_subject_idx on app.outbox (subject, number desc);
create index outbox_type_idx on app.outbox (type, number desc);
create index outbox_occurred_at_idx on app.outbox (occurred_at desc, number desc);
call app.secure_table('app.outbox');

-- How far each subject is. Only `publish` writes it, so those who tell do not meet in its rows.
create table app.outbox_subjects (
  subject text collate "C" not null,
  -- The last place that was given, and the last one that was published.
  last_seq bigint not null,
  published_seq bigint not null default 0,

  constraint outbox_subjects_pkey primary key (subject),
  constraint outbox_subjects_published_is_not_ahead check (published_seq between 0 and last_seq)
);
call app.secure_table('app.outbox_subjects');

-- Who publishes, and until when nobody else does. One row.
create table app.outbox_lease (
  is_the_one boolean not null default true,
  lease uuid,
  leased_until timestamptz not null default '-infinity',

  constraint outbox_lease_pkey primary key (is_the_one),
  constraint outbox_lease_is_one_row check (is_the_one)
);
insert into app.outbox_lease default values;
call app.secure_table('app.outbox_lease');

-- `app.tell` alone writes events: whoever has the service key tells of nothing that did not happen.
revoke all on app.outbox, app.outbox_subjects, app.outbox_lease from service_role;

-- An invite past its days is told of once, by the daily upkeep.
alter table public.team_invites add column expired_at timestamptz;
-- Nobody is told of those that have been so for a while.
update public.team_invites
set expired_at = expires_at
where expires_at <= app.now() and accepted_at is null and withdrawn_at is null;

create trigger refuse_written_expiry
  before update of expired_at on public.team_invites
  for each statement when (current_user = 'service_role')
  execute function app.refuse_write(
    'an invite expires by itself, and is told of once: call DELETE /api/team/invites/{id} to end it before',
    'DELETE /api/team/invites/{id}'
  );
