-- Refuses the id of a user who does not exist.
create function require_user(p_id text) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if not exists (select from public.users where id = p_id) then
    raise exception using
      errcode = 'AP404',
      message = 'user_unknown',
      detail = 'There is no user of this id. A user exists from the first login on.';
  end if;
end
$$;
