-- What each project used on a user's day: a day's hours, divided. Payer and prices stay with the day. What no project used,
-- or nobody knows of which it was, has the project `''`, so the projects of a day always add up to it.
create table app.usage_daily_projects (
  user_id text collate "C" not null,
  date date not null,
  project text collate "C" not null,
  cpu_hours numeric(20, 6) not null default 0,
  gpu_hours numeric(20, 6) not null default 0,
  -- Gigabytes times seconds, as in the day.
  storage_gb_seconds numeric(36, 12) not null default 0,

  constraint usage_daily_projects_pkey primary key (user_id, date, project),
  constraint usage_daily_projects_day_fkey foreign key (user_id, date)
    references public.usage_daily (user_id, date) on update cascade on delete cascade,
  constraint usage_daily_projects_project_is_short check (char_length(project) <= 200)
)
-- Every batch updates projects of a day, as it does the day. They stay on their page.
with (fillfactor = 45);
call app.secure_table('app.usage_daily_projects');

-- From now on the projects follow each day, also while a release writes days that knows nothing of projects. The next files
-- fill in the days that are there.
create trigger split_day
  after insert or update of cpu_hours, gpu_hours, storage_gb_seconds on public.usage_daily
  for each row
  when (coalesce(pg_catalog.current_setting('app.writes_projects', true), '') <> 'on')
  execute function app.split_day();
