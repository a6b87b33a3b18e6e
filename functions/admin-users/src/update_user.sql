-- Changes a user: name, status with everything that follows from it, rights, metadata. Calls run one after the other,
-- so that of two administrators who demote each other one remains. A deleted user can be reopened, and nothing else.
--
-- A call that is repeated with the same request id finds its change made and answers the present state, even if the
-- change took away the caller's own rights.
create function update_user(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users;
  v_id text := args #>> '{input,id,id}';
  v_changes jsonb := args #> '{input,changes}';
  v_user public.users;
  v_before jsonb;
  v_after jsonb;
begin
  perform require_kind(args, array['admin']);
  -- In one statement, so that both see the same data: the first call may be committing right now.
  perform authorize(args, 'admin') where not is_audited(args, 'users.update', v_id);
  if v_changes ->> 'status' = 'deleted' then
    -- Deleting a member ends the membership, which changes the terms. Lock order: terms before seats.
    perform lock_billing_terms();
  end if;
  perform lock_seats();
  if is_audited(args, 'users.update', v_id) then
    return describe_tagged_user(v_id);
  end if;
  -- Read the caller again: while this call waited for the seat lock, another one may have changed them.
  v_caller := authorize(args, 'admin');
  select * into v_user from public.users where id = v_id for no key update;
  perform require_named_user(args #> '{input,id}');
  perform require_etag(v_id, args #> '{input,if_match}');
  perform require_changeable(v_user, v_changes ->> 'status');

  v_before := describe_standing(v_id);
  if v_user.status = 'deleted' then
    -- First: the row of who has been erased takes no name.
    perform reopen_user(v_id);
  end if;
  update public.users u
  set name = n.name, is_admin = n.is_admin, metadata = n.metadata
  from (
    select
      case when v_changes ? 'name' then v_changes ->> 'name' else v_user.name end as name,
      -- Whoever comes back has no rights from before.
      coalesce((v_changes ->> 'is_admin')::boolean, v_user.is_admin and v_user.status <> 'deleted') as is_admin,
      merge_metadata(v_user.metadata, v_changes -> 'metadata') as metadata
  ) n
  where u.id = v_id and (u.name, u.is_admin, u.metadata) is distinct from (n.name, n.is_admin, n.metadata);
  if v_changes ->> 'status' <> v_user.status
    or v_changes ->> 'status' = 'suspended' and 'administrator' <> all (v_user.suspended_for)
  then
    if v_user.status <> 'deleted' then
      perform set_user_status(v_id, v_changes ->> 'status');
    end if;
    perform place_waiting();
  end if;
  perform require_administrator();

  v_after := describe_standing(v_id);
  if v_after <> v_before then
    perform write_audit(args, 'users.update', v_id, v_before, v_after);
  end if;
  return describe_tagged_user(v_id);
end
$$;

-- Refuses a change if the user is not as the caller saw them. One of `p_etags` must be the present tag. Null asks for
-- none.
create function require_etag(p_user_id text, p_etags jsonb) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if jsonb_typeof(p_etags) = 'array' and not p_etags ? user_etag(p_user_id) then
    raise exception using
      errcode = 'AP412',
      message = 'precondition_failed',
      detail = 'This user has changed since you read them. Read them again, and decide again.';
  end if;
end
$$;

-- Refuses to change deleted users but to reopen them, and to reactivate a member before the owner, or an owner whom a
-- payment reactivates.
create function require_changeable(p_user public.users, p_status text) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if p_user.status = 'deleted' and p_status is distinct from 'active' then
    raise exception using
      errcode = 'AP409',
      message = 'user_deleted',
      detail = 'This user has been deleted. Set the status to active, if they are to come back, and then change them.';
  end if;
  if p_status = 'active'
    and p_user.status <> 'active'
    and exists (select from public.users where id = p_user.account_owner_id and status <> 'active')
  then
    raise exception using
      errcode = 'AP409',
      message = 'account_owner_not_active',
      detail = format(
        'The owner of their account, %s, is suspended. Reactivate the owner first, or remove this user from the team.',
        p_user.account_owner_id
      );
  end if;
  if p_status = 'active' and p_user.suspended_for = '{money}' then
    raise exception using
      errcode = 'AP409',
      message = 'suspended_for_money',
      detail = 'Their account is suspended because its credit is used up. Record what they pay: that ends the suspension.';
  end if;
end
$$;
