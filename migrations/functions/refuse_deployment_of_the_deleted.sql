-- Refuses deployments of deleted users that the service key writes past the API.
create or replace function app.refuse_deployment_of_the_deleted() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from public.users u where u.id = new.user_id and u.status = 'deleted') then
    raise exception using
      errcode = 'PT409',
      message = 'deployments end with their user, and this user was deleted: call POST /api/clusters as another user instead',
      hint = 'POST /api/clusters';
  end if;
  return new;
end
$$;
