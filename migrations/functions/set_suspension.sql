-- Finds the reason of a suspension for whoever writes none: a kept release, the take-over, somebody by hand. They know
-- two, with the owner and by an administrator.
create or replace function app.set_suspension() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.suspended_for is distinct from coalesce(old.suspended_for, '{}') then
    return new;
  end if;
  new.suspended_for := case
    when new.status <> 'suspended' then '{}'
    when new.suspended_with_owner then '{owner}'
    when old.status = 'suspended' and not old.suspended_with_owner and new.suspended_for <> '{}' then new.suspended_for
    else '{administrator}'
  end;
  return new;
end
$$;
