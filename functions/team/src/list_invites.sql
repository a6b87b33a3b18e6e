-- A page of the caller's invites, newest first.
create function list_invites(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'owner');
  v_limit integer := args #>> '{input,limit}';
  v_after_time timestamptz := args #>> '{input,after,created_at}';
  v_after_id uuid := args #>> '{input,after,id}';
begin
  return page(
    v_limit,
    array(
      select i.description::json
      from described_invites i
      where i.account_owner_id = v_caller.id
        and (v_after_id is null or (i.created_at, i.id) < (v_after_time, v_after_id))
      order by i.created_at desc, i.id desc
      limit v_limit + 1
    )
  );
end
$$;
