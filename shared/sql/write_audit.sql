-- Adds an administrator's change, or money that a machine writes, to the audit log, in the transaction that makes it.
-- Secrets are left out. What is about a person stands in before and after alone, which can be erased, and not in the target.
create function write_audit(
  args jsonb,
  p_action text,
  p_target text,
  p_before jsonb,
  p_after jsonb
) returns void
language plpgsql
set search_path from current
as $$
declare
  v_id bigint;
begin
  insert into app.audit_entries (actor, action, target, request_id)
  values (args #>> '{caller,sub}', p_action, p_target, args #>> '{caller,request_id}')
  returning id into v_id;
  if p_before is not null or p_after is not null then
    insert into app.audit_details (id, before, after) values (v_id, p_before, p_after);
  end if;
end
$$;

-- True when this very request of this caller has done that already: then it is being repeated.
create function is_audited(args jsonb, p_action text, p_target text) returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return exists (
    select
    from app.audit_entries
    where target = p_target
      -- By the target's index: an actor and an action have more entries.
      and (action = p_action and actor = args #>> '{caller,sub}') is true
      and request_id = args #>> '{caller,request_id}'
  );
end
$$;
