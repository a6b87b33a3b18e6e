-- Tells of a user who is created, suspended, reactivated or deleted, and of who joins and leaves an account.
create or replace function app.tell_of_user() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_subject text := 'user:' || new.id;
  v_data jsonb := pg_catalog.jsonb_build_object('user_id', new.id);
  v_was_of text;
begin
  if tg_op = 'INSERT' then
    perform app.tell('user.created', v_subject, v_data);
  else
    v_was_of := old.account_owner_id;
    if new.status <> old.status then
      perform case new.status
        when 'suspended' then app.tell('user.suspended', v_subject, v_data || pg_catalog.jsonb_build_object(
          'by', new.suspended_for[1]
        ))
        when 'deleted' then app.tell('user.deleted', v_subject, v_data)
        else app.tell('user.reactivated', v_subject, v_data)
      end;
    end if;
  end if;
  if v_was_of is not null and v_was_of is distinct from new.account_owner_id then
    perform app.tell(
      'member.left', 'account:' || v_was_of, v_data || pg_catalog.jsonb_build_object('account_owner_id', v_was_of)
    );
  end if;
  if new.account_owner_id is not null and v_was_of is distinct from new.account_owner_id then
    perform app.tell(
      'member.joined',
      'account:' || new.account_owner_id,
      v_data || pg_catalog.jsonb_build_object('account_owner_id', new.account_owner_id)
    );
  end if;
  return null;
end
$$;
