-- Changes the preferences of the calling user, by a merge patch: the same again changes nothing. No other metadata is
-- taken from the input, whoever sends it.
create function update_me(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_user public.users := authorize(args, 'user');
  v_given jsonb := args #> '{input,metadata}';
  v_patch jsonb := case
    when v_given ? 'preferences' then jsonb_build_object('preferences', v_given -> 'preferences')
    else '{}'
  end;
  v_metadata jsonb;
begin
  select * into strict v_user from public.users where id = v_user.id for no key update;
  -- While this call waited for the row, an administrator may have decided otherwise.
  perform require_active(v_user);
  v_metadata := merge_metadata(v_user.metadata, v_patch);
  if v_metadata <> v_user.metadata then
    update public.users set metadata = v_metadata where id = v_user.id;
  end if;
  return describe_user(v_user.id);
end
$$;
