-- A login that users report themselves, by token: as a signed one, but always of the caller, and never counted twice.
create function sync_me(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_own jsonb := jsonb_build_object(
    'user_id', args #>> '{caller,sub}', 'webhook_id', null, 'request_id', args #>> '{caller,request_id}'
  );
begin
  perform require_kind(args, array['user']);
  return sync_user(args || jsonb_build_object('input', args -> 'input' || v_own));
end
$$;
