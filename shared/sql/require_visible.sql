-- Whose data the caller may see: her own, an administrator anybody's. Somebody else and nobody look the same.
create or replace function app.require_visible(p_caller public.users, p_user_id text) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_user_id <> p_caller.id and not p_caller.is_admin then
    raise exception using
      errcode = 'AP404',
      message = 'user_unknown',
      detail = 'There is no user of this id.';
  end if;
  perform app.require_user(coalesce(p_user_id, p_caller.id));
  return coalesce(p_user_id, p_caller.id);
end
$$;

-- Whose billing the caller may see: an owner her account's, an administrator anybody's, a member none.
create or replace function app.require_account(p_caller public.users, p_user_id text) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_caller.account_owner_id is not null and (not p_caller.is_admin or coalesce(p_user_id, p_caller.id) = p_caller.id) then
    raise exception using
      errcode = 'AP403',
      message = 'billing_owner_only',
      detail = 'Credits and costs are for the owner of the account. Ask her.';
  end if;
  return app.require_visible(p_caller, p_user_id);
end
$$;
