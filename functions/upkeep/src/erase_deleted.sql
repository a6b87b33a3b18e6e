-- Erases the persons of users who were deleted longer ago than `app.erasure_policy` says, the twenty that have waited
-- longest, and answers how many.
create function erase_deleted(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_retention interval := coalesce((select p.retention from app.erasure_policy p where p.is_only), interval '30 days');
  v_ids text[];
begin
  perform authorize(args, 'schedule');
  v_ids := array(
    select u.id
    from public.users u
    where u.status = 'deleted' and u.erased_at is null and u.deleted_at <= app.now() - v_retention
    order by u.deleted_at, u.id
    limit 20
    for no key update skip locked
  );
  perform erase_persons(v_ids);
  return jsonb_build_object('erased', cardinality(v_ids));
end
$$;
