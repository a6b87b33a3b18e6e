-- Makes an active user an administrator. Answers false when there is no such user. For operators over the direct
-- connection only: the login role cannot execute it.
create function promote_admin(p_user_id text) returns boolean
language plpgsql
set search_path from current
as $$
declare
  v_was_admin boolean;
begin
  select is_admin into v_was_admin from public.users where id = p_user_id and (status = 'active') is true for no key update;
  if not found then
    return false;
  end if;
  update public.users set is_admin = true where id = p_user_id;
  insert into app.audit_log (actor, action, target, before, after)
  values (
    'operator',
    'users.promote',
    p_user_id,
    jsonb_build_object('is_admin', v_was_admin),
    jsonb_build_object('is_admin', true)
  );
  return true;
end
$$;
