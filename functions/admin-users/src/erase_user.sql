-- Erases the person of a deleted user now, and not only when the time has come. Once is recorded.
create function erase_user(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_id text := args #>> '{input,id,id}';
  v_user public.users;
begin
  select * into v_user from public.users where id between v_id and v_id order by id limit 1 for no key update;
  perform require_named_user(args #> '{input,id}');
  if v_user.status <> 'deleted' then
    raise exception using
      errcode = 'AP409',
      message = 'user_not_deleted',
      detail = 'Only the person of a deleted user can be erased. Set the status to deleted first.';
  end if;
  -- Again: for what came afterwards.
  perform erase_persons(array[v_id]);
  if v_user.erased_at is null then
    perform write_audit(args, 'users.erase', v_id, null, jsonb_build_object('erased_at', app.now()));
  end if;
  return describe_tagged_user(v_id);
end
$$;
