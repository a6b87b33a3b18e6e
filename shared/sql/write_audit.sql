-- Notes an administrator's change, in the statement that makes it. Secrets stay out.
create or replace function app.write_audit(
  args jsonb,
  p_action text,
  p_target text,
  p_before jsonb,
  p_after jsonb
) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  insert into public.audit_log (actor, action, target, before, after, request_id)
  values (args #>> '{caller,sub}', p_action, p_target, p_before, p_after, args #>> '{caller,request_id}')
$$;
