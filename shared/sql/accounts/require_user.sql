-- Refuses the id of a user who does not exist.
create function require_user(p_id text) returns void
language plpgsql stable
set search_path from current
as $$
begin
  perform from public.users where id between p_id and p_id order by id limit 1;
  if not found then
    raise exception using
      errcode = 'AP404',
      message = 'user_unknown',
      detail = 'There is no user of this id. A user exists from the first login on.';
  end if;
end
$$;
