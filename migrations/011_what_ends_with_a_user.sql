-- A user's deployments end with the user. A login whose answer was lost finds out what it did. (Made in one short
-- transaction: nothing here reads the rows of a table.)

-- The request whose profile was stored last. A call that is repeated within its request finds its own.
alter table public.users add column profile_request_id text collate "C";
-- The request that brought the login. The same login in another request is a replay.
alter table app.login_events add column request_id text collate "C";

create trigger end_deployments
  after update of status on public.users
  for each row
  when (new.status = 'deleted' and old.status <> 'deleted')
  execute function app.end_deployments();
