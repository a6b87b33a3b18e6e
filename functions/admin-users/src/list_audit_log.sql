-- A page of the audit log, newest first: the entries that pass all given filters. It is planned again for each call, so
-- that filters that are not given fall away and the most selective of the others leads.
create function list_audit_log(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_actor text := v_input ->> 'actor';
  v_target text := v_input ->> 'target';
  v_action text := v_input ->> 'action';
  v_from timestamptz := v_input ->> 'from';
  v_to timestamptz := v_input ->> 'to';
  v_limit integer := v_input ->> 'limit';
  v_after bigint := v_input #>> '{after,id}';
begin
  return page(
    v_limit,
    array(
      select json_build_object(
        'id', l.id,
        'actor', l.actor,
        'action', l.action,
        'target', l.target,
        'before', d.before,
        'after', d.after,
        'erased', d.erased_at is not null,
        'request_id', l.request_id,
        'created_at', l.created_at
      )
      from app.audit_entries l
      left join lateral (select * from app.audit_details where id = l.id limit 1) d on true
      where (v_actor is null or l.actor = v_actor)
        and (v_target is null or l.target = v_target)
        and (v_action is null or l.action = v_action)
        and (v_from is null or l.created_at >= v_from)
        and (v_to is null or l.created_at < v_to)
        and (v_after is null or l.id < v_after)
      order by l.id desc
      limit v_limit + 1
    ),
    array['id']
  );
end
$$;
